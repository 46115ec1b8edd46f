import { type Document, isAlias, isMap, isNode, isScalar, isSeq, type Node } from "yaml";
import type { Location } from "../../system/errors.js";
import { readYamlFile } from "../../system/yaml-file.js";

/** Way to a value in a file: keys of mappings, and places in lists, from 0. */
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

/** Reads a YAML file. Throws a PipelineError with every place where it is no YAML. */
export async function readYaml(file: string): Promise<LocatedYaml> {
  const { document, value, place } = await readYamlFile(file);
  const locate = (path: Path): Location => {
    const node = nodeAt(document, path);
    if (node?.range) return place(node.range[0], node.range[1]);
    return path.length === 0 ? { file, line: 1, column: 1, length: 1 } : locate(path.slice(0, -1));
  };
  return {
    value,
    locate,
    locateKey(path) {
      const key = keyAt(nodeAt(document, path.slice(0, -1)), path.at(-1));
      return key?.range ? place(key.range[0], key.range[1]) : locate(path);
    },
    has: (path) => nodeAt(document, path) !== undefined,
  };
}

/** The node at a path, through aliases. */
function nodeAt(document: Document, path: Path): Node | undefined {
  let node: unknown = document.contents;
  for (const part of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) node = node.get(keyAt(node, part), true);
    else if (isSeq(node)) node = node.get(part, true);
    else return undefined;
  }
  return isNode(node) ? node : undefined;
}

/** Keys are compared as text: a mapping may be written with numbers as its keys. */
function keyAt(mapping: unknown, key: string | number | undefined): Node | undefined {
  if (!isMap(mapping)) return undefined;
  const pair = mapping.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key));
  return isNode(pair?.key) ? pair.key : undefined;
}
