import { lines } from "../../../../pipeline/system/files/lines.js";
import type { Row } from "./column.js";
import { TextFile } from "./text-file.js";

/** JSON Lines: one row a line, UTF-8, every column in every line. */
export class JsonLinesWriter {
  readonly #file: TextFile;
  #rows = 0;

  private constructor(file: TextFile) {
    this.#file = file;
  }

  static async create(path: string): Promise<JsonLinesWriter> {
    return new JsonLinesWriter(await TextFile.create(path));
  }

  get rows(): number {
    return this.#rows;
  }

  /** @param line a row as JSON, without a line feed */
  async write(line: string): Promise<void> {
    this.#rows += 1;
    await this.#file.write(`${line}\n`);
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

/** The rows of a file that `JsonLinesWriter` wrote, one after the other. */
export async function* readJsonLines(path: string): AsyncGenerator<Row> {
  for await (const line of lines(path)) yield JSON.parse(line) as Row;
}
