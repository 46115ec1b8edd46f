import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { packageRoot } from "../pipeline/system/paths.js";
import { stages } from "../stages/index.js";

const engine = ["pipeline/engine", "pipeline/partition", "pipeline/executors"];

/** Words that are names of stages, too, and mean something else where they stand. */
const otherMeanings: readonly { readonly word: string; readonly file: RegExp; readonly means: string }[] = [
  { word: "record", file: /.*/u, means: "how a stage can be divided, a type of a schema, a column, a key" },
  {
    word: "generate",
    file: /cli\/(?:program|generate|generate\/pipeline)\.ts$/u,
    means: "a command and its pipeline file",
  },
  { word: "generate-shards", file: /cli\/generate\/pipeline\.ts$/u, means: "a pipeline file" },
  { word: "verify", file: /cli\/(?:program|generate)\.ts$/u, means: "a command, and the parameter --no-verify" },
  { word: "shard", file: /cli\/generate(?:\.ts$|\/)/u, means: "a value of --by" },
  { word: "report", file: /cli\/evaluate\.ts$/u, means: "a type of artifact" },
  { word: "report", file: /cli\/verify\/run\.ts$/u, means: "a method of a reporter" },
  { word: "references", file: /engine\/plan\/plan\.ts$/u, means: "a part of a fingerprint" },
  { word: "disagreements", file: /cli\/evaluate\/table\.ts$/u, means: "a column" },
];

it("knows no stage by name: neither the engine, nor what runs its parts, nor the command line", () => {
  const names = Object.keys(stages).toSorted((a, b) => b.length - a.length);
  // "generate", and "generate.model" as a setting; no word of a sentence.
  const literal = new RegExp(String.raw`["'\x60](?:stage:)?(${names.join("|")})(?:["'\x60]|\.\w+(?:["'\x60=]))`, "gu");
  const found = [...engine, "pipeline/cli"].flatMap((folder) =>
    sourcesIn(folder).flatMap((file) =>
      readFileSync(join(packageRoot, file), "utf8")
        .split("\n")
        .flatMap((line, index) =>
          isComment(line) || line.startsWith("import ")
            ? []
            : [...line.matchAll(literal)].map(([, word = ""]) => ({ word, file, line: index + 1 })),
        ),
    ),
  );
  const wrong = found.filter(
    ({ word, file }) => !otherMeanings.some((other) => other.word === word && other.file.test(file)),
  );
  expect(wrong).toEqual([]);
  // Nothing is excused that is not there.
  expect(
    otherMeanings.filter(({ word, file }) => !found.some((each) => each.word === word && file.test(each.file))),
  ).toEqual([]);
});

function sourcesIn(folder: string): string[] {
  return readdirSync(join(packageRoot, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => /\.tsx?$/u.test(name))
    .map((name) => join(folder, name));
}

function isComment(line: string): boolean {
  return /^\s*(?:\/\/|\/?\*)/u.test(line);
}
