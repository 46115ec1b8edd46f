import { nameOf } from "../../contract/model-spec.js";
import { fetchModel, resolveModel } from "../../models/backends.js";
import { interruptible } from "../interrupt.js";
import { withServices } from "../standalone.js";
import { print, printJson } from "../terminal.js";
import { type NamingOptions, specNamed } from "./named.js";

/** Makes a model be here, and prints where it lies. */
export async function pull(source: string, options: NamingOptions): Promise<void> {
  const spec = await specNamed(source, options);
  const fetched = async (signal: AbortSignal) =>
    await withServices(
      `model ${nameOf(spec)}`,
      async (context) => await fetchModel(await resolveModel(spec, context), context),
      { signal },
    );
  const path = await interruptible(fetched);
  if (options.json === true) printJson({ source: nameOf(spec), path });
  else print(path);
}
