import { hashValue } from "../system/hash.js";

/** A record's place in the order in which `limit` takes records. */
export function limitKey(seed: number, id: string): string {
  return hashValue([seed, id]);
}
