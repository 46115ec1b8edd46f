import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { execa } from "execa";
import { expect, it, onTestFinished } from "vitest";
import { hashValue } from "../../pipeline/system/hash.js";
import { packageRoot } from "../../pipeline/system/paths.js";
import { type OpenAiServer, sendJson, startOpenAiServer, streamAnswer } from "../models/openai-server.js";

const main = join(packageRoot, "dist/pipeline/cli/main.js");
const stage = (name: string) => join(packageRoot, `test/support/stages/${name}.mjs`);
const count = 1000;

interface Run {
  readonly exitCode: number | undefined;
  readonly events: readonly { readonly type: string; readonly [field: string]: unknown }[];
}

/** A folder with a pipeline that asks the server a thousand questions. */
function project(server: OpenAiServer, endpoint: object): string {
  const folder = mkdtempSync(join(tmpdir(), "pipeline-served-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const lines = [
    "name: served",
    `models: { teacher: { source: "${server.url}#small", endpoint: ${JSON.stringify(endpoint)} } }`,
    "steps:",
    `  - { stage: ${stage("numbers")}, with: { count: ${count} } }`,
    `  - { stage: ${stage("ask")}, with: { model: teacher } }`,
  ];
  writeFileSync(join(folder, "pipeline.yaml"), `${lines.join("\n")}\n`);
  return folder;
}

async function run(
  folder: string,
  { until, args = [] }: { readonly until?: () => boolean; readonly args?: readonly string[] } = {},
): Promise<Run> {
  const running = execa(process.execPath, [main, "run", "pipeline.yaml", "--json", ...args], {
    cwd: folder,
    reject: false,
    env: { PIPELINE_SET: "" },
  });
  const events: Run["events"][number][] = [];
  for await (const line of createInterface({ input: running.stdout })) {
    events.push(JSON.parse(line) as Run["events"][number]);
    if (until?.() === true) running.kill("SIGKILL");
  }
  return { exitCode: (await running).exitCode, events };
}

const textOf = (request: OpenAiServer["requests"][number]) => request.body.messages?.[0]?.content ?? "";
const noticesOf = ({ events }: Run) =>
  events.flatMap(({ type, message }) => (type === "notice" ? [String(message)] : []));

it(
  "has each of a thousand questions answered once or left as failed, whatever breaks, killed and gone on",
  { timeout: 300_000 },
  async () => {
    const tries = new Map<string, number>();
    const answered = new Map<string, number>();
    const hopeless = (text: string) => Number(text) % 100 === 17;
    let wasDown = false;
    const server = await startOpenAiServer({
      answer: (request) => `Number ${textOf(request)}`,
      before: async (request, response) => {
        const text = textOf(request);
        const nth = (tries.get(text) ?? 0) + 1;
        tries.set(text, nth);
        const said = (status: number, message: string, headers = {}) => {
          sendJson(response, status, { error: { message } }, headers);
          return true;
        };
        if (hopeless(text)) return said(500, "it dies of this one");
        if (answered.size === 400 && !wasDown) {
          wasDown = true;
          server.isDown = true;
          setTimeout(() => (server.isDown = false), 2000);
          return said(503, "restarting");
        }
        const chance = Number.parseInt(hashValue([text, nth]).slice(0, 4), 16) / 0xffff;
        const faults: readonly (() => boolean | Promise<boolean>)[] = [
          () => said(429, "slow down", { "retry-after-ms": "30" }),
          () => said(500, "CUDA error"),
          () => said(400, "Model unloaded."),
          () => (streamAnswer(response, request, "half of it", { words: 1, isWhole: false }), true),
          () => (response.writeHead(200, { "content-type": "text/html" }).end("<html>"), true),
          () => (response.writeHead(200, { "content-type": "text/event-stream" }).end("data: {\n\n"), true),
          () => (response.destroy(), true),
          async () => {
            await new Promise((resolve) => {
              request.gone.addEventListener("abort", resolve);
            });
            return true;
          },
        ];
        const fault = nth > 3 ? undefined : faults[Math.floor(chance * 25)];
        if (fault !== undefined) return await fault();
        answered.set(text, (answered.get(text) ?? 0) + 1);
        return false;
      },
    });
    const folder = project(server, { attempts: 5, timeouts: { first: 0.5, between: 0.5 } });
    const runs: Run[] = [];
    for (const killed of [250, 600]) runs.push(await run(folder, { until: () => answered.size > killed }));
    runs.push(await run(folder));
    const last = runs.at(-1) as Run;
    const step = last.events.find(({ type, step: id }) => type === "step-finished" && id === "ask");
    expect(step).toMatchObject({ in: count, out: count - 10, failed: 10 });
    // What was had is asked no more; of two kills, what was on its way is.
    const twice = [...answered.values()].filter((times) => times > 1);
    expect(answered.size).toBe(count - 10);
    expect(Math.max(...answered.values())).toBeLessThanOrEqual(3);
    expect(twice.length).toBeLessThanOrEqual(2 * 32);
    const said = runs.flatMap(noticesOf).join("\n");
    expect(said).toMatch(/does not answer \(.+\): waiting for it/u);
    expect(said).toMatch(/answers again, after \d+ s/u);

    const asked = server.requests.length;
    const again = await run(folder, { args: ["--accept-failures"] });
    expect(again.exitCode).toBe(0);
    expect(server.requests.length).toBe(asked);
    const rows = await execa(process.execPath, [main, "inspect", "ask", "--json", "--limit", "2000"], { cwd: folder });
    const responses = rows.stdout
      .split("\n")
      .map((line) => (JSON.parse(line) as { readonly response: string }).response);
    expect(new Set(responses).size).toBe(count - 10);
  },
);

it("uses no token more than its budget, and goes on when it is run again", { timeout: 120_000 }, async () => {
  const server = await startOpenAiServer({ answer: (request) => `Number ${textOf(request)}` });
  const most = 8000;
  const folder = project(server, { budget: { tokens: most } });
  let asked = 0;
  const used: number[] = [];
  for (let runs = 0; runs < 5; runs += 1) {
    const { exitCode } = await run(folder);
    // 10 tokens read and 2 written an answer
    used.push((server.requests.length - asked) * 12);
    asked = server.requests.length;
    if (exitCode === 0) break;
    expect(exitCode).toBe(75);
  }
  expect(Math.max(...used)).toBeLessThanOrEqual(most);
  expect(used.length).toBeGreaterThan(1);
  expect(server.requests).toHaveLength(count);
});
