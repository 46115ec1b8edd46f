// Runs a JavaScript file, and holds every `// => VALUE` at the end of a line against what the line gives. Exit code 40
// where all are so, 41 with the first that is not, 43 where nothing can be told of them: none that a program of its own
// accord ends with.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { format, inspect, isDeepStrictEqual } from "node:util";
import { runInThisContext } from "node:vm";

const stated = /^(?<code>.*\S)\s*\/\/\s*=>\s*(?<value>\S.*?)\s*$/u;
const printed = /^\s*console\.log\((?<given>.*)\)\s*;?$/u;
const named = /^\s*(?:export\s+)?(?:const|let|var)\s+(?<name>[\w$]+)\s*=[^]*$/u;
const isModule = /^\s*(?:import\b(?!\s*\()|export\b)|\bimport\.meta\b|^\s*await\b/mu;

const [file] = process.argv.slice(2);
const text = readFileSync(file, "utf8")
  .replace(/^\uFEFF/u, "")
  .replace(/^#!.*/u, "");
let wrong = null;
let count = 0;
let unclear = null;

globalThis.outputIs = (line, value, given) => {
  count += 1;
  tell(line, value, inspect(given, { depth: null, breakLength: Infinity }), isStated(given, value));
  return given;
};
globalThis.printedIs = (line, value, ...given) => {
  count += 1;
  const said = format(...given);
  tell(line, value, said, said === value || (given.length === 1 ? isStated(given[0], value) : false));
};

const lines = text.split("\n").map((line, index) => {
  const { code, value } = stated.exec(line)?.groups ?? {};
  if (code === undefined) return line;
  const place = `${index + 1}, ${JSON.stringify(value)}`;
  const { given } = printed.exec(code)?.groups ?? {};
  if (given !== undefined) return `printedIs(${place}, ${given});`;
  const { name } = named.exec(code)?.groups ?? {};
  if (name !== undefined) return `${code}; outputIs(${place}, ${name});`;
  return `outputIs(${place}, (${code.replace(/;$/u, "")}));`;
});
const copy = `${process.cwd()}/outputs.${isModule.test(text) ? "mjs" : "cjs"}`;
writeFileSync(copy, lines.join("\n"));
try {
  await (copy.endsWith("mjs") ? import(pathToFileURL(copy)) : createRequire(copy)(copy));
  // What is awaited, and timers.
  await new Promise((resolve) => process.once("beforeExit", resolve));
} catch (error) {
  end(43, `it cannot be run: ${error?.name}: ${error?.message}`);
}
if (wrong !== null) end(41, wrong);
else if (unclear !== null || count === 0) end(43, unclear ?? "no output was come by");
else process.exit(40);

/** true or false; null where what is stated is no value. */
function isStated(given, value) {
  if (inspect(given, { depth: null, breakLength: Infinity }) === value || given === value) return true;
  try {
    return isDeepStrictEqual(given, runInThisContext(`(${value})`));
  } catch {
    return null;
  }
}

function tell(line, value, said, isSo) {
  if (isSo === false) wrong ??= `line ${line}: states ${value}, gives ${said}`;
  if (isSo === null) unclear ??= `line ${line}: no value is stated: ${value}`;
}

function end(status, said) {
  process.stderr.write(`${said}\n`);
  process.exit(status);
}
