import { isAscii } from "node:buffer";
import { createReadStream } from "node:fs";

/**
 * Lines of a text file from a byte on, without their line feeds. They end at line feeds alone: a JSON text may hold
 * other line separators (U+2028), at which the `readline` of Node 24 and newer would cut it.
 */
export async function* lines(path: string, start = 0): AsyncGenerator<string> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of createReadStream(path, { start, highWaterMark: 1 << 18 })) {
    const data = rest.length > 0 ? Buffer.concat([rest, chunk as Buffer]) : (chunk as Buffer);
    let from = 0;
    for (let end = data.indexOf(10); end !== -1; end = data.indexOf(10, from)) {
      yield decoded(data.subarray(from, end));
      from = end + 1;
    }
    rest = data.subarray(from);
  }
  if (rest.length > 0) yield rest.toString("utf8");
}

/** Most lines hold ASCII alone, which is read as it is. */
function decoded(line: Buffer): string {
  return line.toString(isAscii(line) ? "latin1" : "utf8");
}
