// Parses each of the JavaScript files that it is given, as a CommonJS module or else as an ES module, runs none, and
// tells of each in a line of JSON: { file, exit, text }. Node has to be started with --experimental-vm-modules.
import { readFileSync, writeSync } from "node:fs";
import { compileFunction, SourceTextModule } from "node:vm";

/** Whether a text can only be meant as an ES module. */
const isModule = /^\s*(?:import\b(?!\s*\()|export\b)|\bimport\.meta\b/mu;
const parameters = ["exports", "require", "module", "__filename", "__dirname"];

for (const file of process.argv.slice(2)) {
  const text = readFileSync(file, "utf8")
    .replace(/^\uFEFF/u, "")
    .replace(/^#!.*/u, "");
  const faults = [asScript, asModule].map((parse) => faultOf(() => parse(text, file)));
  const isPlain = !file.endsWith(".jsx");
  const told = faults.includes(null) ? null : faults[isModule.test(text) ? 1 : 0];
  const said = isPlain ? (told ?? "") : `JSX is not Node's: ${told}`;
  writeSync(1, `${JSON.stringify({ file, exit: told === null ? 0 : 1, text: said })}\n`);
}

function asScript(text, filename) {
  compileFunction(text, parameters, { filename });
}

function asModule(text, identifier) {
  return new SourceTextModule(text, { identifier });
}

function faultOf(parse) {
  try {
    parse();
    return null;
  } catch (error) {
    const [, line] = /^\S+:(\d+)\n/u.exec(String(error.stack)) ?? [];
    return `${error.name}: ${error.message}${line === undefined ? "" : ` (line ${line})`}`;
  }
}
