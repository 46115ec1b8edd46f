import { z } from "zod";
import { reason } from "../../pipeline/contract/reasons.js";
import { Shard, Target } from "./lib/records.js";
import type { Source } from "../../pipeline/contract/kind.js";
import { SourceFile } from "../../pipeline/contract/records.js";
import { modelRef, promptRef } from "../../pipeline/contract/reference.js";
import { type Context, type DiskIndex, defineStage, type Input } from "../../pipeline/contract/stage.js";
import { ProjectModules } from "./lib/project-modules.js";
import { suiteOf } from "./shard/block.js";
import { blocksOf } from "./shard/blocks.js";
import { type Budget, budgetOf } from "./shard/budget.js";
import { type Packed, Packer } from "./shard/pack.js";
import { TestPrompt } from "./lib/test-prompt.js";

const options = z.strictObject({
  model: modelRef({ can: ["tokens", "template"] }).optional(),
  prompt: promptRef(TestPrompt).default("prompts/pytest-shard.yaml"),
  targetsPerShard: z.int().min(1).max(200).default(10).describe("Most targets that are asked about together"),
  contextTokens: z
    .int()
    .min(256)
    .optional()
    .describe(
      "Tokens that question and answer may have together; those of the model, or 4096 where none is named, unless told",
    ),
  answerTokens: z
    .int()
    .min(1)
    .optional()
    .describe("Tokens of these that are left free for an answer; a third, at most 4096, unless told"),
  show: z
    .enum(["source", "signature"])
    .default("source")
    .describe("What a question shows of the code: all of it, or signatures and docstrings alone"),
});

/**
 * Divides targets into shards that a model is asked about with one question each: functions and classes in shards of
 * unit tests, routes in shards of end-to-end tests. A file's targets stay together where they fit, and so do a class
 * and its methods. How much fits is counted by the model's own tokenizer; without a model, it is estimated.
 */
export default defineStage({
  name: "shard",
  summary: "Divides targets into shards that a model is asked about together, by number and by tokens",
  version: 1,
  reads: { targets: Target, files: SourceFile },
  writes: Shard,
  parallel: "whole",
  needs: ["model", "sources"],
  options,

  async *run({ targets, files }, { targetsPerShard: most, show, ...options }, context) {
    const budget = await budgetOf(options, context.prompt(options.prompt, TestPrompt), context);
    const texts = await indexOf(files, context);
    const packers = { unit: new Packer(budget, most), e2e: new Packer(budget, most) };
    const numbered = numberer(budget);
    const modulesOf = projectModules(context);

    for await (const own of byFile(targets)) {
      const [first] = own;
      const file = first === undefined ? null : fileOf(first, texts);
      if (!first?.source || file === null) {
        for (const target of own)
          context.drop(
            target,
            reason("no-file", "no file: the step that `files` comes from does not give the file of the target"),
          );
        continue;
      }
      context.signal.throwIfAborted();
      const modules = await modulesOf(first.source);
      const blocks = await blocksOf(own, file, { budget, modules, most, show }, (target, tokens) => {
        context.drop(
          target,
          reason(
            "prompt-too-long",
            `prompt-too-long: a question about ${target.qualifiedName} alone has ${tokens} tokens, and there is room ` +
              `for ${budget.room}`,
          ),
        );
      });
      for (const block of blocks) yield* numbered(await packers[suiteOf(first)].add(block));
    }
    for (const packer of [packers.unit, packers.e2e]) yield* numbered(await packer.end());
  },
});

/** The modules of a source; those of the last one that was asked for are kept. */
function projectModules(context: Pick<Context, "sourceTree">): (source: Source) => Promise<ProjectModules> {
  let last: { readonly ref: string; readonly modules: ProjectModules } | null = null;
  return async (source) => {
    if (last?.ref !== source.ref)
      last = { ref: source.ref, modules: new ProjectModules(await context.sourceTree(source)) };
    return last.modules;
  };
}

/** Consecutive targets of one file and suite; routes of one application. */
async function* byFile(targets: Input<Target>): AsyncGenerator<readonly Target[]> {
  let own: Target[] = [];
  for await (const target of targets) {
    if (own[0] !== undefined && !goTogether(own[0], target)) {
      yield own;
      own = [];
    }
    own.push(target);
  }
  if (own.length > 0) yield own;
}

function goTogether(one: Target, other: Target): boolean {
  return (
    suiteOf(one) === suiteOf(other) &&
    placeOf(one) === placeOf(other) &&
    one.route?.application === other.route?.application
  );
}

function placeOf({ source }: Pick<Target, "source">): string {
  return JSON.stringify([source?.ref, source?.version, source?.path]);
}

/** The files by place, on disk. */
async function indexOf(files: Input<SourceFile>, context: Pick<Context, "index">): Promise<DiskIndex> {
  const index = context.index();
  for await (const file of files) index.set(placeOf(file), JSON.stringify(file));
  return index;
}

function fileOf(target: Target, files: DiskIndex): SourceFile | null {
  const text = files.get(placeOf(target));
  return text === undefined ? null : SourceFile.schema.parse(JSON.parse(text));
}

/** Shards with their numbers, each suite counted by itself. */
function numberer({ answerTokens, counted }: Budget): (packed: Packed | null) => Shard[] {
  const made = { unit: 0, e2e: 0 };
  return (packed) => {
    if (packed === null) return [];
    const {
      asked: { suite, targets, files, signatures },
      tokens,
    } = packed;
    made[suite] += 1;
    return [
      Shard.make(
        {
          suite,
          number: made[suite],
          language: "python",
          targets: [...targets],
          files: [...files],
          signatures: [...signatures],
          tokens,
          counted,
          answerTokens,
        },
        { source: sourceOf(targets), from: targets },
      ),
    ];
  };
}

/** Where all of the targets are from: their source, without a place in it, under the licences of all their files. */
function sourceOf(targets: readonly Target[]): Shard["source"] {
  const {
    path: _path,
    lines: _lines,
    ...source
  } = targets[0]?.source ?? { ref: "", name: "", version: "", licence: "" };
  const licences = [...new Set(targets.flatMap(({ source: from }) => from?.licence ?? []))].toSorted();
  return {
    ...source,
    licence:
      licences.length === 1
        ? source.licence
        : licences.map((licence) => (licence.includes(" OR ") ? `(${licence})` : licence)).join(" AND "),
  };
}
