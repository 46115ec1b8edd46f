import { PipelineError } from "../../../pipeline/system/errors.js";
import type { Reason } from "../../../pipeline/contract/reasons.js";

interface LookedAt {
  readonly name: string;
  /** Why the source as a whole was left out. */
  readonly refusal: Reason | null;
}

interface Looked {
  /** Files that matched `include`. */
  readonly files: number;
  readonly include: readonly string[];
}

/** The error of a step that read nothing: a dataset of no files is no one's wish. */
export function nothingLeft(sources: readonly LookedAt[], { files, include }: Looked): PipelineError {
  if (sources.every(({ refusal }) => refusal !== null)) {
    return new PipelineError(
      `no source may be used\n${sources.map(({ name, refusal }) => `${name}: ${refusal?.text ?? ""}`).join("\n")}`,
      {
        code: "licence",
        hint:
          "add the licence to `licences`, or the source's name to `allowUnknownLicence`, if you may use it so; " +
          "else take other sources",
      },
    );
  }
  if (files === 0) {
    const names = sources.map(({ name }) => name).join(", ");
    return new PipelineError(`no file of ${names} matches \`include\` (${include.join(", ")})`, {
      code: "source",
      hint:
        "see that the sources hold such files, and check `include` and `exclude`: globs are matched against " +
        "paths such as toolz/itertoolz.py",
    });
  }
  return new PipelineError(`none of the ${files} files that match \`include\` could be used`, {
    code: "source",
    hint: "check `maxFileSize`, and the licences and encodings of the files",
  });
}
