import { parseJson } from "../../../pipeline/system/files/parse-json.js";
import type { TableRow, TableText } from "./table-text.js";

/** The rows of JSON Lines: an object a line. A cell that is no text is its JSON; null is an empty one. */
export function* jsonRows({ text, mistake }: TableText): Generator<TableRow> {
  let row = 0;
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    row += 1;
    const value = parseJson(line);
    if (typeof value !== "object" || value === null || Array.isArray(value))
      throw mistake(`row ${row} is no JSON object`, index + 1, 'write one object a line: {"name": "Send"}');
    yield { row, cells: Object.fromEntries(Object.entries(value).map(([column, cell]) => [column, cellText(cell)])) };
  }
}

function cellText(cell: unknown): string {
  if (cell === null || cell === undefined) return "";
  return typeof cell === "string" ? cell : JSON.stringify(cell);
}
