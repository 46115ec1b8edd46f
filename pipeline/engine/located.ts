import { readFile } from "node:fs/promises";
import { type Document, isMap, isNode, isPair, isScalar, LineCounter, type Node, parseDocument } from "yaml";
import { type Location, PipelineError } from "../errors.js";

export type Path = readonly (string | number)[];

/** A YAML file with the place of everything in it. */
export interface LocatedYaml {
  readonly value: unknown;
  /** Where a value stands; the nearest place around it where the file does not have it. */
  locate(path: Path): Location;
  /** Where the key of a mapping stands. */
  locateKey(path: Path): Location;
  has(path: Path): boolean;
}

/** Reads a YAML file. Throws a PipelineError with the place where it is no YAML. */
export async function readYaml(file: string): Promise<LocatedYaml> {
  const text = await readFile(file, "utf8");
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false });
  const place = (from: number, to: number): Location => {
    const { line, col } = counter.linePos(from);
    const lineEnd = text.indexOf("\n", from);
    const end = Math.min(to, lineEnd === -1 ? text.length : lineEnd);
    return { file, line, column: col, length: Math.max(1, end - from) };
  };

  const [first] = document.errors;
  if (first !== undefined) {
    throw new PipelineError(`this is no valid YAML: ${first.message}`, { code: "config", locations: [place(first.pos[0], first.pos[1])] });
  }
  const locate = (path: Path): Location => {
    const node = path.length === 0 ? document.contents : nodeAt(document, path);
    if (node?.range) return place(node.range[0], node.range[1]);
    return path.length === 0 ? { file, line: 1, column: 1, length: 1 } : locate(path.slice(0, -1));
  };
  return {
    value: document.toJS(),
    locate,
    locateKey(path) {
      const parent = path.length === 1 ? document.contents : nodeAt(document, path.slice(0, -1));
      const key = path.at(-1);
      const pair = isMap(parent) ? parent.items.find((item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(key)) : undefined;
      const node = pair?.key;
      return isNode(node) && node.range ? place(node.range[0], node.range[1]) : locate(path);
    },
    has: (path) => nodeAt(document, path) !== undefined,
  };
}

function nodeAt(document: Document, path: Path): Node | undefined {
  const found: unknown = document.getIn(path, true);
  return isNode(found) ? found : undefined;
}
