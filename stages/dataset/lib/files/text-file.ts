import { type FileHandle, open } from "node:fs/promises";

/** Characters gathered before they are written. */
const enough = 1 << 18;

/** A text file that is written piece by piece. */
export class TextFile {
  readonly #file: FileHandle;
  #pieces: string[] = [];
  #length = 0;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  static async create(path: string): Promise<TextFile> {
    return new TextFile(await open(path, "w"));
  }

  async write(piece: string): Promise<void> {
    this.#pieces.push(piece);
    this.#length += piece.length;
    if (this.#length >= enough) await this.#flush();
  }

  async close(): Promise<void> {
    try {
      await this.#flush();
    } finally {
      await this.#file.close();
    }
  }

  async #flush(): Promise<void> {
    const text = this.#pieces.join("");
    this.#pieces = [];
    this.#length = 0;
    await this.#file.writeFile(text);
  }
}
