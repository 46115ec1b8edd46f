import { createWriteStream, type WriteStream } from "node:fs";
import { finished } from "node:stream/promises";
import { PipelineError, serializeError } from "../pipeline/system/errors.js";

/** A file that lines are added to while a program runs. A full disk is told once, and not where nobody can catch it. */
export class LogFile {
  readonly #stream: WriteStream;
  #failure: PipelineError | null = null;

  constructor(
    readonly path: string,
    onFailure: () => void,
  ) {
    this.#stream = createWriteStream(path, { flags: "a" });
    this.#stream.on("error", (error) => {
      this.#failure ??= cannotWrite(path, error);
      onFailure();
    });
  }

  /** Why it could not be written; null where it could. */
  get failure(): PipelineError | null {
    return this.#failure;
  }

  write(line: string): void {
    if (this.#failure === null) this.#stream.write(`${line}\n`);
  }

  /** Resolves when all is written, or cannot be. */
  async end(): Promise<void> {
    await finished(this.#stream.end()).catch(() => undefined);
  }
}

function cannotWrite(path: string, error: Error): PipelineError {
  const { code, message, hint } = serializeError(error);
  return new PipelineError(`cannot write ${path}: ${message}`, {
    code: code === "internal" ? "disk" : code,
    hint:
      hint ?? "see that the disk is there and can be written; then run the same command again: what was saved is kept",
    cause: error,
  });
}
