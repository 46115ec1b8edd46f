import { PipelineError } from "../system/errors.js";
import type { Input, Lookup } from "../contract/stage.js";
import { type FileSlice, readLines, readSlices, slicesOf } from "./record-file.js";

/** Notes where the records of each key lie, as runs of lines: records of one key that stand together cost one entry. */
export async function indexInput<R>(input: Input<R>, keyOf: (record: R) => string): Promise<Lookup<R>> {
  const slices = slicesOf(input);
  if (slices === undefined || slices.some(({ skip }) => skip > 0)) {
    throw new PipelineError("context.lookup was given something that is no input after the stage's first", {
      code: "stage",
      hint: "give it the input as the stage was given it: context.lookup(files, ...)",
    });
  }
  const places = new Map<string, FileSlice[]>();
  for (const { path, offset, ...rest } of slices) {
    let start = offset;
    let lastKey: string | undefined;
    for await (const text of readLines({ path, offset, ...rest })) {
      const key = keyOf(JSON.parse(text) as R);
      const runs = places.get(key) ?? [];
      const last = lastKey === key ? runs.pop() : undefined;
      runs.push(
        last === undefined ? { path, offset: start, skip: 0, records: 1 } : { ...last, records: last.records + 1 },
      );
      places.set(key, runs);
      lastKey = key;
      start += Buffer.byteLength(text) + 1;
    }
  }
  return (key) => readSlices<R>(places.get(key) ?? []);
}
