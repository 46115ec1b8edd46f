import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { packageRoot } from "../pipeline/system/paths.js";

/** What each room may import from, beside itself and `system`, which is for all. */
const rooms: Readonly<Record<string, readonly string[]>> = {
  "pipeline/system": [],
  "pipeline/contract": [],
  "pipeline/partition": ["pipeline/contract"],
  "pipeline/executors": ["pipeline/contract", "pipeline/partition"],
  "pipeline/models": ["pipeline/contract"],
  "pipeline/serve": ["pipeline/contract"],
  "pipeline/sandbox": ["pipeline/contract"],
  "pipeline/sources": ["pipeline/contract"],
  finetuning: ["pipeline/contract"],
  "pipeline/engine": ["pipeline/contract", "pipeline/partition", "pipeline/executors"],
  // The one place that knows every service: it hands them to the engine, and to what runs partitions.
  toolkit: [
    "pipeline/contract",
    "pipeline/partition",
    "pipeline/executors",
    "pipeline/engine",
    "pipeline/models",
    "pipeline/sandbox",
    "pipeline/sources",
    "finetuning",
    "stages",
    "stages/records",
  ],
  "pipeline/reporters": ["pipeline/contract", "pipeline/engine"],
  "pipeline/cli": [
    "pipeline/contract",
    "pipeline/partition",
    "pipeline/executors",
    "pipeline/models",
    "pipeline/serve",
    "pipeline/sandbox",
    "pipeline/sources",
    "pipeline/engine",
    "pipeline/reporters",
    "toolkit",
    "stages/records",
  ],
  // What others may know of the records that stages bring: the command line shows them, a stage of one's own reads
  // them.
  "stages/records": ["stages/python", "stages/tests", "stages/evaluate"],
  stages: [
    "stages/read",
    "stages/python",
    "stages/tests",
    "stages/snippets",
    "stages/dataset",
    "stages/train",
    "stages/evaluate",
  ],
  "stages/read": [],
  "stages/python": ["stages/read"],
  "stages/tests": ["stages/read", "stages/python"],
  "stages/snippets": ["stages/read"],
  "stages/dataset": [],
  "stages/train": ["stages/dataset"],
  "stages/evaluate": ["stages/python", "stages/tests", "stages/dataset", "stages/train"],
};

/** Which parts of the engine stand on which. */
const engine: Readonly<Record<string, readonly string[]>> = {
  config: [],
  state: ["config"],
  plan: ["config", "state"],
  run: ["config", "state", "plan"],
};

const files = ["pipeline", "stages", "finetuning"].flatMap(sourceFiles);
const imports = files.flatMap((file) => importsOf(file).map((imported) => ({ file, imported })));

it(
  "keeps the direction of imports: cli -> reporters -> engine -> partition -> contract; stages and services on the " +
    "contract alone",
  () => {
    expect(files.length).toBeGreaterThan(300);
    const wrong = imports.filter(({ file, imported }) => {
      const [from, to] = [roomOf(file), roomOf(imported)];
      if (to === from || to === "pipeline/system") return false;
      if (from.startsWith("stages/") && to === "pipeline/contract") return false;
      return from === "stages" && to === "pipeline/contract" ? false : !rooms[from]?.includes(to);
    });
    expect(wrong.map(toText)).toEqual([]);
  },
);

it("keeps the direction of imports within the engine: run -> plan -> state -> config", () => {
  const partOf = (file: string) => /^pipeline\/engine\/(\w+)\//u.exec(file)?.[1];
  const wrong = imports.filter(({ file, imported }) => {
    const [from, to] = [partOf(file), partOf(imported)];
    return from !== undefined && to !== undefined && from !== to && !engine[from]?.includes(to);
  });
  expect(wrong.map(toText)).toEqual([]);
});

it("shares between stages only what lies in the lib of a room: the folder of a stage is its own", () => {
  const wrong = imports.filter(({ file, imported }) => {
    const owner = stageOf(imported);
    return owner !== null && owner !== "lib" && file !== "stages/index.ts" && stageOf(file) !== owner;
  });
  expect(wrong.map(toText)).toEqual([]);
});

it("has no circle of imports, not even of types", () => {
  const importsByFile = new Map(files.map((file) => [file, [] as string[]]));
  for (const { file, imported } of imports) importsByFile.get(file)?.push(withItsEnding(imported));
  expect(circleIn(importsByFile)?.join("\n-> ")).toBeUndefined();
});

/** Files that import one another in a circle, the first again at its end; undefined where there are none. */
function circleIn(importsByFile: ReadonlyMap<string, readonly string[]>): readonly string[] | undefined {
  const done = new Set<string>();
  const visit = (file: string, way: readonly string[]): readonly string[] | undefined => {
    if (way.includes(file)) return [...way.slice(way.indexOf(file)), file];
    if (done.has(file)) return undefined;
    for (const next of importsByFile.get(file) ?? []) {
      const circle = visit(next, [...way, file]);
      if (circle !== undefined) return circle;
    }
    done.add(file);
    return undefined;
  };
  for (const file of importsByFile.keys()) {
    const circle = visit(file, []);
    if (circle !== undefined) return circle;
  }
  return undefined;
}

/** The file that an import names: a component's is a .tsx. */
function withItsEnding(imported: string): string {
  return files.includes(imported) ? imported : imported.replace(/\.ts$/u, ".tsx");
}

function toText({ file, imported }: { readonly file: string; readonly imported: string }): string {
  return `${file} imports ${imported}`;
}

function sourceFiles(folder: string): string[] {
  const names = readdirSync(join(packageRoot, folder), { recursive: true, encoding: "utf8" });
  return names.filter((name) => /\.tsx?$/u.test(name)).map((name) => join(folder, name));
}

function roomOf(file: string): string {
  if (file === "stages/records.ts") return "stages/records";
  const [top = "", folder = "", rest] = file.split("/");
  if (top === "finetuning") return top;
  if (rest === undefined) return top === "stages" ? "stages" : "toolkit";
  return `${top}/${folder}`;
}

/** The stage that a file belongs to, as ROOM/STAGE, "lib" for what a room shares; null where it belongs to no stage. */
function stageOf(file: string): string | null {
  const [top, room, name] = file.split("/");
  if (top !== "stages" || name === undefined) return null;
  return name === "lib" ? "lib" : `${room}/${name.replace(/\.ts$/u, "")}`;
}

function importsOf(file: string): string[] {
  const text = readFileSync(join(packageRoot, file), "utf8");
  const found = [...text.matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/gu)];
  return found.map(([, specifier]) => join(dirname(file), specifier ?? "").replace(/\.jsx?$/u, ".ts"));
}

it("keeps the contract and the engine free of what stages are about: records, prompts and evidence of tests", () => {
  const words = /\b(?:Target|Shard|PytestEvidence)\b/u;
  const rooms = new Set(["pipeline/contract", "pipeline/engine", "pipeline/partition", "pipeline/executors"]);
  const knowing = files.filter(
    (file) => rooms.has(roomOf(file)) && words.test(readFileSync(join(packageRoot, file), "utf8")),
  );
  expect(knowing).toEqual([]);
});
