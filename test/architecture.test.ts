import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { packageRoot } from "../pipeline/paths.js";

/**
 * What each part may import from, beside itself. The contract is pipeline/*.ts, and the folder of the chat formats, in which
 * rows are written and models are asked; files are for all.
 */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  contract: [],
  files: ["contract"],
  code: ["contract"],
  stages: ["contract"],
  executors: ["contract"],
  models: ["contract", "code"],
  sandbox: ["contract", "code"],
  sources: ["contract"],
  finetuning: ["contract"],
  engine: ["contract", "executors", "code"],
  // The one place that knows every service: it hands them to the engine.
  toolkit: ["contract", "engine", "models", "sandbox", "sources", "finetuning", "stages"],
  reporters: ["contract", "engine"],
  cli: ["contract", "engine", "executors", "models", "sandbox", "sources", "toolkit", "reporters"],
};

it("keeps the direction of imports: cli -> reporters -> engine -> contract, stages and services on the contract alone", () => {
  const files = ["pipeline", "stages", "finetuning"].flatMap(sourceFiles);
  expect(files.length).toBeGreaterThan(40);
  const wrong = files.flatMap((file) => importsOf(file)
    .filter((imported) => ![partOf(file), "files"].includes(partOf(imported)) && !mayImport[partOf(file)]?.includes(partOf(imported)))
    .map((imported) => `${file} imports ${imported}`));
  expect(wrong).toEqual([]);
});

function sourceFiles(folder: string): string[] {
  const names = readdirSync(join(packageRoot, folder), { recursive: true, encoding: "utf8" });
  return names.filter((name) => /\.tsx?$/u.test(name)).map((name) => join(folder, name));
}

function partOf(file: string): string {
  const [top = ""] = file.split("/");
  if (top === "stages" || top === "finetuning") return top;
  if (file === "pipeline/index.ts" || file === "pipeline/toolkit.ts") return "toolkit";
  const [, folder, rest] = file.split("/");
  return rest === undefined || folder === "chat-formats" ? "contract" : folder ?? "";
}

function importsOf(file: string): string[] {
  const text = readFileSync(join(packageRoot, file), "utf8");
  const found = [...text.matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/gu)];
  return found.map(([, specifier]) => join(dirname(file), specifier ?? "").replace(/\.jsx?$/u, ".ts"));
}
