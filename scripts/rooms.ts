import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { packageRoot } from "../pipeline/system/paths.js";

/** A folder of the source, with what it holds and how it is tied to the others. */
interface Room {
  readonly name: string;
  files: number;
  lines: number;
  /** Imports of files of other rooms, by room. */
  readonly imports: Map<string, number>;
}

/** The rooms of a checkout: folders of two names, and loose files of a folder together. */
export function roomsOf(root: string): Room[] {
  const rooms = new Map<string, Room>();
  const files = ["pipeline", "stages", "finetuning"].flatMap((folder) => sourceFiles(root, folder));
  const known = new Set(files);
  const roomFor = (file: string): Room => {
    const name = roomOf(file, known);
    const room = rooms.get(name) ?? { name, files: 0, lines: 0, imports: new Map<string, number>() };
    rooms.set(name, room);
    return room;
  };
  for (const file of files) {
    const text = readFileSync(join(root, file), "utf8");
    const room = roomFor(file);
    room.files += 1;
    room.lines += text.split("\n").length - 1;
    for (const imported of importsOf(file, text, known)) {
      const other = roomOf(imported, known);
      if (other !== room.name) room.imports.set(other, (room.imports.get(other) ?? 0) + 1);
    }
  }
  return [...rooms.values()].toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

/** A stage of one file and its folder of helpers are one room where stages lie side by side. */
function roomOf(file: string, known: ReadonlySet<string>): string {
  const [top = "", second = "", third] = file.split("/");
  if (top === "finetuning") return top;
  if (third !== undefined) return `${top}/${second}`;
  const name = second.replace(/\.tsx?$/u, "");
  const hasFolder = [...known].some((other) => other.startsWith(`${top}/${name}/`));
  return top === "stages" && (hasFolder || !["index", "records"].includes(name)) ? `stages/${name}` : `${top}/*.ts`;
}

function sourceFiles(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => /\.tsx?$/u.test(name))
    .map((name) => join(folder, name));
}

/** Files that a file imports, each once, types included. */
function importsOf(file: string, text: string, known: ReadonlySet<string>): string[] {
  const named = [...text.matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/gu)].map(([, specifier = ""]) =>
    join(dirname(file), specifier).replace(/\.jsx?$/u, ""),
  );
  return [...new Set(named)].flatMap((path) => [`${path}.ts`, `${path}.tsx`].filter((each) => known.has(each)));
}

/** Prints the rooms of a checkout, and what each imports of others: `node dist/scripts/rooms.js [FOLDER]`. */
function main(root: string): void {
  const rooms = roomsOf(root);
  const sum = (numbers: Iterable<number>) => [...numbers].reduce((total, each) => total + each, 0);
  console.log("| room | files | lines | imports of other rooms |\n|---|---|---|---|");
  for (const { name, files, lines, imports } of rooms) {
    const tied = [...imports].toSorted(([, one], [, other]) => other - one).map(([room, times]) => `${room} ${times}`);
    console.log(`| ${name} | ${files} | ${lines} | ${tied.join(", ")} |`);
  }
  const both = rooms.flatMap(({ name, imports }) =>
    [...imports.keys()].filter((other) => other > name && rooms.find((room) => room.name === other)?.imports.has(name)),
  );
  console.log(
    `\n${rooms.length} rooms, ${sum(rooms.map(({ files }) => files))} files, ` +
      `${sum(rooms.map(({ lines }) => lines))} lines; ` +
      `${sum(rooms.flatMap(({ imports }) => [...imports.values()]))} imports between rooms, over ` +
      `${sum(rooms.map(({ imports }) => imports.size))} ways; ${both.length} pairs of rooms import each other`,
  );
}

if (process.argv[1]?.endsWith("rooms.js") === true) main(process.argv[2] ?? packageRoot);
