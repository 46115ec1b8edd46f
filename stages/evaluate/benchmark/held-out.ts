import { z } from "zod";
import { lines } from "../../../pipeline/system/files/lines.js";
import { PipelineError } from "../../../pipeline/system/errors.js";
import type { Target } from "../../python/lib/records.js";
import { parseJson } from "../../../pipeline/system/files/parse-json.js";

/** What a row of an exported dataset says of its target. */
const Row = z.object({ package: z.string(), target_module: z.string(), target_name: z.string() });

/**
 * The targets of a dataset's test split. A package is known by its name: a folder of one's own may be called by another
 * path now.
 */
export class HeldOut {
  readonly #targets = new Set<string>();

  /** Throws a PipelineError (config) for a file that is no export of this toolkit. */
  static async read(file: string): Promise<HeldOut> {
    const heldOut = new HeldOut();
    let line = 0;
    for await (const text of lines(file)) {
      line += 1;
      if (text.trim() === "") continue;
      const row = Row.safeParse(parseJson(text));
      if (!row.success) {
        throw new PipelineError(`line ${line} of the dataset names no target`, {
          code: "config",
          hint:
            "expected jsonl/test.jsonl of an exported dataset, with the columns package, target_module and " +
            "target_name",
          locations: [{ file, line, column: 1, length: 1 }],
        });
      }
      heldOut.#targets.add(key(row.data.package, row.data.target_module, row.data.target_name));
    }
    return heldOut;
  }

  has({ source, module, qualifiedName }: Target): boolean {
    return source !== null && this.#targets.has(key(source.name, module, qualifiedName));
  }
}

function key(packageName: string, module: string, name: string): string {
  return JSON.stringify([packageName, module, name]);
}
