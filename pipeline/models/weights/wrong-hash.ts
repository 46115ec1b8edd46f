import { PipelineError } from "../../system/errors.js";

/** The error for a model file that is not the one that was asked for. */
export function wrongHash(what: string, expected: string, found: string): PipelineError {
  return new PipelineError(`${what} is not the file that was asked for: expected SHA-256 ${expected}, found ${found}`, {
    code: "hash-mismatch",
    hint:
      "fetch the file again, or find out who changed it; `sha256` of the model in the pipeline file, or " +
      "pipeline.lock, says what is expected",
  });
}
