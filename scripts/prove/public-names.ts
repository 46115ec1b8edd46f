import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { packageRoot } from "../../pipeline/system/paths.js";
import { findPython } from "../../pipeline/system/python/interpreter.js";
import { SourceFile } from "../../pipeline/contract/records.js";
import { targetsOf } from "../../stages/python/lib/targets.js";

/**
 * What `extract` finds in a folder of packages, held against Python's own `ast` and `inspect`. Names are dotted, with
 * their modules.
 */
export interface Comparison {
  /** Public functions, methods and classes that stand in the text, by `ast`. */
  readonly defined: number;
  readonly found: number;
  /** What stands in the text and is no target, by the reason that `extract` gives, or by what Python takes it for. */
  readonly leftOut: ReadonlyMap<string, readonly string[]>;
  /** What is there at run time and is not defined under its name in the text, or the other way round, by the reason. */
  readonly atRunTime: ReadonlyMap<string, readonly string[]>;
  /** Differences without a reason: what `extract` misses, and what only it sees. */
  readonly unexplained: readonly string[];
}

/**
 * Compares what `extract` finds in the packages of a folder with what Python says of them. Imports the packages,
 * unconfined: only for code that is trusted.
 */
export async function comparePublicNames(folder: string): Promise<Comparison> {
  const { executable } = await findPython();
  const { stdout } = await execa(executable, ["-I", join(packageRoot, "scripts/prove/public_names.py"), folder]);
  const leftOut = new Groups();
  const atRunTime = new Groups();
  const unexplained: string[] = [];
  let [defined, found] = [0, 0];
  for (const [path, peer] of Object.entries(JSON.parse(stdout) as Record<string, Described>)) {
    const { names, rejected } = await extracted(folder, path, peer.module);
    const whole = (name: string) => `${peer.module}.${name}`;
    for (const [name, kind] of Object.entries(peer.byAst)) {
      const reason = kind ?? rejected.get(name);
      defined += 1;
      if (names.has(name) && kind === null) found += 1;
      else if (names.has(name)) unexplained.push(`${whole(name)}: a target, and ${kind ?? ""} by ast`);
      else if (reason === undefined) unexplained.push(`${whole(name)}: no target`);
      else leftOut.add(reason, whole(name));
    }
    for (const name of names)
      if (!(name in peer.byAst)) unexplained.push(`${whole(name)}: a target, and unknown to ast`);
    for (const [name, how] of Object.entries(peer.byInspect)) {
      if (peer.byAst[name] === null) continue;
      if (how === null) unexplained.push(`${whole(name)}: there at run time, and unknown to ast`);
      else atRunTime.add(how, whole(name));
    }
    for (const [name, what] of Object.entries(peer.elsewhere)) atRunTime.add(what, whole(name));
  }
  return { defined, found, leftOut: leftOut.byReason, atRunTime: atRunTime.byReason, unexplained };
}

/** As scripts/prove/public_names.py answers it. */
interface Described {
  readonly module: string;
  readonly byAst: Readonly<Record<string, string | null>>;
  readonly byInspect: Readonly<Record<string, string | null>>;
  readonly elsewhere: Readonly<Record<string, string>>;
}

const everything = {
  kinds: ["function", "method", "class"],
  private: false,
  maxLines: 100_000,
  minComplexity: 1,
} as const;

async function extracted(folder: string, path: string, module: string) {
  const text = await readFile(join(folder, path), "utf8");
  const source = { ref: `folder:${folder}`, name: "package", version: "1", licence: "MIT", path };
  const { targets, rejected } = targetsOf(
    SourceFile.make({ language: "python", role: "code", module, encoding: "utf-8", text }, { source, from: [] }),
    everything,
  );
  return {
    names: new Set(targets.map(({ qualifiedName }) => qualifiedName)),
    rejected: new Map(rejected.map(({ part, reason }) => [(part as { name?: string }).name ?? "", reason.text])),
  };
}

class Groups {
  readonly byReason = new Map<string, string[]>();

  add(reason: string, name: string): void {
    const group = this.byReason.get(reason);
    if (group === undefined) this.byReason.set(reason, [name]);
    else group.push(name);
  }
}
