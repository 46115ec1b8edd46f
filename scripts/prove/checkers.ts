import { appendFile, mkdir, readFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { createSandbox } from "../../pipeline/sandbox/service.js";
import { createStop } from "../../pipeline/system/abort.js";
import { hashValue } from "../../pipeline/system/hash.js";
import { defaultCacheDir } from "../../pipeline/system/paths.js";
import { judge } from "../../stages/snippets/check/judge.js";
import { presetNames } from "../../stages/snippets/check/presets.js";
import { type Tool, toolsOf } from "../../stages/snippets/check/tools.js";
import type { Verdict } from "../../stages/snippets/check/verdict.js";
import { languageTable } from "../../stages/read/lib/languages.js";
import { filesOf } from "./checkers/files.js";
import { plant } from "./checkers/plant.js";

/**
 * Whether checkers tell the truth: of the files of standard libraries how many they accept, and, with one syntax error
 * planted in each of those, how many they notice. Prints a row a language, and with --list what was missed. Goes on
 * where it was stopped: a verdict is asked for once.
 *
 *   node dist/scripts/prove/checkers.js [LANGUAGE...] [--files LANGUAGE=FOLDER...] [--count 200] [--list]
 */
async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      files: { type: "string", multiple: true, default: [] },
      count: { type: "string", default: "200" },
      list: { type: "boolean", default: false },
    },
  });
  const count = Number(values.count);
  const folders = new Map(values.files.map((each) => [each.split("=")[0] ?? "", each.split("=")[1] ?? ""]));
  const stop = createStop();
  const sandbox = createSandbox(
    {
      seed: 1,
      memo: { remember: async (_, compute) => ({ value: await compute(stop.signal), remembered: false }) },
      lockfile: {
        pin: async (_, __, resolve) => await resolve(false),
        kept: () => null,
        replace: async () => undefined,
      },
      emit: () => undefined,
      signal: stop.signal,
      cacheDir: defaultCacheDir(),
      stateDir: join(tmpdir(), "prove-checkers"),
      baseDir: process.cwd(),
    },
    {
      sources: { fetch: async () => await noSources(), tree: async () => await noSources() },
      backend: "auto",
      workers: availableParallelism(),
    },
  );
  const verdicts = await Verdicts.open(join(tmpdir(), "prove-checkers/verdicts.jsonl"));
  const find = toolsOf({});
  console.log(
    "| language | tool | files | false alarms | no verdict | planted | caught | failed | seconds |\n" +
      "|---|---|---|---|---|---|---|---|---|",
  );
  for (const language of positionals.length > 0 ? positionals : presetNames) {
    const { here, fix } = await find(language, sandbox.api);
    const files = here.length === 0 ? [] : await filesOf(language, folders.get(language) ?? null, count);
    if (files.length === 0) {
      console.log(
        `| ${language} | ${here.length === 0 ? `not here: ${fix}` : "no files of it are here"} | | | | | | |`,
      );
      continue;
    }
    const began = performance.now();
    const judged = async (texts: readonly string[]) =>
      await judgeAll(texts, here, async (each, tool) => await verdicts.of(each, language, tool, sandbox.api));
    const asTheyAre = await judged(files.map(({ text }) => text));
    const passing = files.filter((_, place) => asTheyAre[place]?.type === "pass");
    const broken = passing.flatMap(({ path, text }) => {
      const planted = plant(text, language, path);
      return planted === null ? [] : [{ path, ...planted }];
    });
    const found = await judged(broken.map(({ text }) => text));
    const [alarms, failed] = [countOf(asTheyAre, "fail"), countOf(asTheyAre, "broken") + countOf(found, "broken")];
    const caught = countOf(found, "fail");
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    console.log(
      `| ${[
        language,
        [...new Set(here.map(({ checker }) => checker.name))].join(", "),
        files.length,
        alarms,
        countOf(asTheyAre, "outside"),
        broken.length,
        `${caught} (${((100 * caught) / Math.max(1, broken.length)).toFixed(1)} %)`,
        failed,
        seconds,
      ].join(" | ")} |`,
    );
    if (!values.list) continue;
    for (const [place, verdict] of asTheyAre.entries())
      if (verdict.type === "fail" || verdict.type === "broken")
        console.log(`  ${verdict.type} ${files[place]?.path}: ${messageOf(verdict)}`);
    for (const [place, verdict] of found.entries())
      if (verdict.type !== "fail") console.log(`  missed ${broken[place]?.path}: ${broken[place]?.what}`);
  }
  await sandbox.close();
}

const countOf = (verdicts: readonly Verdict[], type: Verdict["type"]) =>
  verdicts.filter((verdict) => verdict.type === type).length;
const messageOf = (verdict: Verdict) => ("message" in verdict ? verdict.message : "");

/** As the stage does it: the next tool judges what the one before cannot tell. */
async function judgeAll(
  texts: readonly string[],
  tools: readonly Tool[],
  ask: (texts: readonly string[], tool: Tool) => Promise<Verdict[]>,
): Promise<Verdict[]> {
  const verdicts: Verdict[] = texts.map(() => ({ type: "outside", message: "" }));
  for (const tool of tools) {
    const open = [...texts.keys()].filter((place) => verdicts[place]?.type === "outside");
    const answers = await ask(
      open.map((place) => texts[place] ?? ""),
      tool,
    );
    for (const [index, place] of open.entries()) verdicts[place] = answers[index] ?? { type: "outside", message: "" };
  }
  return verdicts;
}

/** Verdicts that were asked for, in a file. */
class Verdicts {
  static async open(file: string): Promise<Verdicts> {
    await mkdir(dirname(file), { recursive: true });
    const lines = (await readFile(file, "utf8").catch(() => "")).split("\n").filter((line) => line.endsWith("}"));
    return new Verdicts(file, new Map(lines.map((line) => JSON.parse(line) as [string, Verdict])));
  }

  private constructor(
    private readonly file: string,
    private readonly known: Map<string, Verdict>,
  ) {}

  async of(
    texts: readonly string[],
    language: string,
    tool: Tool,
    sandbox: Parameters<typeof judge>[2],
  ): Promise<Verdict[]> {
    const [suffix = ""] = languageTable[language as keyof typeof languageTable].suffixes;
    const checker = { ...tool.checker, suffix: tool.checker.suffix ?? suffix };
    const keyOf = (text: string) => hashValue([checker, tool.hash, tool.version, text]);
    const open = [...new Set(texts)].filter((text) => !this.known.has(keyOf(text)));
    const batches = Array.from({ length: Math.ceil(open.length / 32) }, (_, place) =>
      open.slice(place * 32, place * 32 + 32),
    );
    const work = async (): Promise<void> => {
      for (let batch = batches.shift(); batch !== undefined; batch = batches.shift()) {
        const answers = await judge(batch, { ...tool, checker }, sandbox);
        const lines = batch.map((text, place) => [keyOf(text), answers[place]] as const);
        for (const [key, verdict] of lines) if (verdict !== undefined) this.known.set(key, verdict);
        await appendFile(this.file, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
      }
    };
    await Promise.all(Array.from({ length: availableParallelism() }, work));
    return texts.map((text) => this.known.get(keyOf(text)) ?? { type: "broken", message: "no answer" });
  }
}

async function noSources(): Promise<never> {
  throw new Error("checkers need no source");
}

await main();
