import { type FileHandle, open } from "node:fs/promises";

/** Bytes gathered before they are written. */
const enough = 1 << 18;

/** A text file that is written piece by piece. */
export class TextFile {
  readonly #file: FileHandle;
  #pieces: Buffer[] = [];
  #length = 0;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  static async create(path: string): Promise<TextFile> {
    return new TextFile(await open(path, "w"));
  }

  async write(piece: string): Promise<void> {
    // Piece by piece: of a text that is joined, one character above U+00FF would make all of it take longer.
    const bytes = Buffer.from(piece);
    this.#pieces.push(bytes);
    this.#length += bytes.length;
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
    const bytes = Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.#length = 0;
    await this.#file.writeFile(bytes);
  }
}
