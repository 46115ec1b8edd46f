import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";
import { execa } from "execa";
import { expect, it, onTestFinished } from "vitest";
import { packageRoot } from "../../pipeline/system/paths.js";
import { type OpenAiServer, startOpenAiServer } from "../models/openai-server.js";

const main = join(packageRoot, "dist/pipeline/cli/main.js");
/** Five partitions. */
const count = 320;
/** Questions that the client has on their way at most. */
const inFlight = 8;

type Event = { readonly type: string; readonly step?: string; readonly [field: string]: unknown };

const numberIn = (text: string) => Number(/def add_(\d+)/u.exec(text)?.[1]);
const textOf = (request: OpenAiServer["requests"][number]) => request.body.messages?.at(-1)?.content ?? "";

/** A teacher that takes a moment over each answer, and notes which of them it has sent. */
async function slowTeacher() {
  const answered: number[] = [];
  const server = await startOpenAiServer({
    before: async () => {
      await wait(100);
      return false;
    },
    answer: (request) => {
      const number = numberIn(textOf(request));
      answered.push(number);
      return `def test_add_${number}():\n    assert add_${number}(1) == ${number + 1}\n`;
    },
  });
  return { server, answered };
}

function project({ url }: OpenAiServer): string {
  const folder = mkdtempSync(join(tmpdir(), "pipeline-overlap-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, "src"));
  const functions = Array.from(
    { length: count },
    (_, number) => `def add_${number}(value):\n    return value + ${number}\n`,
  );
  writeFileSync(join(folder, "src/sums.py"), functions.join("\n\n"));
  writeFileSync(
    join(folder, "pipeline.yaml"),
    `name: sums
models: { teacher: { source: "${url}#small", endpoint: { inFlight: ${inFlight} } } }
steps:
  - stage: ingest
    with: { sources: ["folder:src"] }
  - stage: extract
  - stage: generate
    with: { model: teacher, form: chat }
  - stage: verify
    with: { runs: 1, kills: 0 }
  - stage: chat
  - stage: export
    with: { formats: [jsonl] }
`,
  );
  return folder;
}

/** Runs the command; killed as soon as it has told what is meant. */
async function run(folder: string, isEnough: (events: readonly Event[]) => boolean = () => false): Promise<Event[]> {
  const running = execa(process.execPath, [main, "run", "pipeline.yaml", "--json", "--workers", "2"], {
    cwd: folder,
    reject: false,
    env: { PIPELINE_SET: "" },
  });
  const events: Event[] = [];
  for await (const line of createInterface({ input: running.stdout })) {
    events.push(JSON.parse(line) as Event);
    if (isEnough(events)) running.kill("SIGKILL");
  }
  await running;
  return events;
}

/** What a run left: the records of its steps, and its outputs, by path. */
function leftIn(folder: string): ReadonlyMap<string, string> {
  const roots = [join(folder, ".pipeline/steps"), join(folder, "data")];
  const paths = roots.flatMap((root) =>
    readdirSync(root, { recursive: true, encoding: "utf8" }).map((name) => join(root, name)),
  );
  return new Map(
    paths
      .filter((path) => statSync(path).isFile())
      .toSorted()
      .map((path) => [path.slice(folder.length), readFileSync(path, "utf8")]),
  );
}

const isBetween = (events: readonly Event[], type: string, step: string) =>
  events.some((event) => event.type === type && event.step === step);
const areBothAtWork = (events: readonly Event[]) =>
  isBetween(events, "step-started", "verify") && !isBetween(events, "step-finished", "generate");

it(
  "verifies while a served teacher writes; killed again and again meanwhile, it leaves the same bytes and asks " +
    "nothing again that it had",
  { timeout: 600_000 },
  async () => {
    const { server, answered } = await slowTeacher();
    const undisturbed = project(server);
    expect((await run(undisturbed)).at(-1)).toMatchObject({ type: "run-finished", status: "done" });
    expect(answered.toSorted((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, number) => number));
    const expected = leftIn(undisturbed);

    answered.length = 0;
    const killed = project(server);
    const kills = [1, 5, 3];
    for (const more of kills) {
      let seen = 0;
      const events = await run(killed, (told) => areBothAtWork(told) && (seen += 1) > more);
      expect(areBothAtWork(events)).toBe(true);
    }
    expect((await run(killed)).at(-1)).toMatchObject({ type: "run-finished", status: "done" });
    expect(leftIn(killed)).toEqual(expected);
    // What was on its way when it was killed is asked again, and nothing else.
    expect(new Set(answered).size).toBe(count);
    expect(answered.length).toBeLessThanOrEqual(count + kills.length * inFlight);
  },
);
