import { serializeError } from "../system/errors.js";
import type { Outcome } from "./protocol.js";

/** What some work comes to, as data: error classes do not cross threads. */
export async function outcome(work: () => unknown): Promise<Outcome> {
  try {
    return { value: await work() };
  } catch (error) {
    return { error: serializeError(error) };
  }
}
