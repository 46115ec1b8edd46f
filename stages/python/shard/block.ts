import type { Shard, ShownFile, Target } from "../lib/records.js";
import type { AskedAbout } from "../lib/shard-prompt.js";
import type { Signature } from "./signatures.js";

/** Targets of one file that are asked about together, and what is shown of it. */
export interface Block {
  readonly targets: readonly Target[];
  readonly file: ShownFile;
  readonly signatures: readonly Signature[];
}

/** What blocks are asked about as one question. What is shown whole needs no signature. */
export function askedAbout(blocks: readonly Block[]): AskedAbout {
  const targets = blocks.flatMap((block) => block.targets);
  const whole = new Set(blocks.filter(({ file }) => file.extent === "whole").map(({ file }) => file.module));
  const byModule = new Map<string, Map<string, string>>();
  for (const { module, name, text } of blocks.flatMap(({ signatures }) => signatures)) {
    if (!whole.has(module)) byModule.set(module, (byModule.get(module) ?? new Map<string, string>()).set(name, text));
  }
  return {
    suite: suiteOf(targets[0]),
    targets,
    files: blocks.map(({ file }) => file),
    signatures: [...byModule].map(([module, texts]) => ({ module, text: [...texts.values()].join("\n\n") })),
  };
}

/** The suite that tests of a target belong to: routes are tested end to end. `unit` where there is no target. */
export function suiteOf(target: Pick<Target, "targetKind"> | undefined): Shard["suite"] {
  return target?.targetKind === "route" ? "e2e" : "unit";
}
