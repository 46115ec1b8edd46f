import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { EndpointServer } from "../../pipeline/contract/endpoint-spec.js";
import { modelLacks, resolveModel } from "../../pipeline/models/backends.js";
import { createModels } from "../../pipeline/models/service.js";
import { packageRoot } from "../../pipeline/system/paths.js";
import { serviceContext } from "./context.js";
import { type RecordedServer, startRecorded } from "./recorded-server.js";

/** What each program says of itself, as far as it tells it; `stated`: it does not say who it is. */
const programs = {
  vllm: { model: "Qwen/Qwen3-8B", contextTokens: 4096, facts: { root: "Qwen/Qwen3-8B" } },
  ollama: { model: "qwen3:8b", contextTokens: 4096, facts: { digest: expect.stringMatching(/^500a1f/u) as unknown } },
  "lm-studio": { model: "qwen3-8b", contextTokens: 4096, facts: { owned_by: "organization_owner" } },
  mlx: { model: "mlx-community/Qwen3-8B-4bit", contextTokens: 4096, facts: {}, stated: true },
  "llama-server": { model: "qwen2.5-coder-0.5b", contextTokens: 4096, facts: { meta: { n_ctx: 4096 } } },
} as const;

async function ask(server: RecordedServer, program: EndpointServer) {
  const { model } = programs[program as keyof typeof programs];
  const context = serviceContext();
  const endpoint = { attempts: 2, ...(program === "mlx" && { server: program }) };
  const resolved = await resolveModel({ source: `${server.url}#${model}`, endpoint }, context);
  const models = createModels(context, { models: new Map([["m", resolved]]), determinism: "strict" });
  onTestFinished(async () => await models.close());
  return { models, resolved, context };
}

const prompt = [{ role: "user", content: "Say hello." }] as const;
const tools = ["weather", "time"].map((name) => ({ name, description: `Tells the ${name}` }));
const has = (program: string, answer: string) =>
  existsSync(join(packageRoot, "test/models/recorded", program, `${answer}.http`));

describe.each(Object.entries(programs))("%s, as it was recorded", (name, { facts, contextTokens, model: id }) => {
  const program = name as EndpointServer;

  async function answered(answer: string) {
    const server = await startRecorded(program);
    server.answer = answer;
    const { models } = await ask(server, program);
    const pieces: string[] = [];
    const asked = models
      .api("m")
      .generate(
        { prompt: answer === "tools" ? [{ role: "system", content: "Help.", tools }, ...prompt] : prompt },
        { onToken: (piece) => pieces.push(piece) },
      );
    return { server, asked, pieces };
  }

  it("says who it is", async () => {
    const server = await startRecorded(program);
    const { models } = await ask(server, program);
    expect(await models.api("m").info()).toMatchObject({
      name: id,
      contextTokens,
      served: { server: program, facts },
    });
  });

  it("streams an answer, with its tokens and how it ended", async () => {
    const whole = await answered("chat");
    expect(await whole.asked).toMatchObject({
      text: "Grüezi mitenand!",
      finish: "stop",
      tokens: { prompt: 14, generated: 4 },
    });
    expect(whole.pieces).toEqual(["Grüezi", " mitenand", "!"]);
    expect(whole.server.requests).toMatchObject([
      { path: "/v1/chat/completions", body: { model: id, stream: true, stream_options: { include_usage: true } } },
    ]);
    expect(await (await answered("cut")).asked).toMatchObject({ text: "Once upon", finish: "length" });
  });

  it.each(["thinking", "thinking-before-2025-10"].filter((answer) => has(program, answer)))(
    "has its thoughts apart (%s)",
    async (answer) => {
      const { message, text } = await (await answered(answer)).asked;
      expect(message).toMatchObject({ thinking: "A greeting.", content: expect.stringMatching(/^\s*Hi$/u) as unknown });
      expect(text).toMatch(/^<think>\nA greeting\.\n<\/think>\s+Hi$/u);
    },
  );

  it("calls tools, two in one answer", async () => {
    const { asked, server } = await answered("tools");
    const { message } = await asked;
    expect(
      message?.toolCalls?.map(({ name: called, arguments: given }) => [called, JSON.parse(given) as unknown]),
    ).toEqual([
      ["weather", { city: "Bern" }],
      ["time", {}],
    ]);
    expect(new Set(message?.toolCalls?.map((call) => call.id)).size).toBe(2);
    expect(server.requests[0]?.body["tools"]).toHaveLength(2);
  });

  it.each(["too-long", "too-long-whole", "too-long-before-2025-07"].filter((answer) => has(program, answer)))(
    "says that a question is longer than its context (%s)",
    async (answer) => {
      await expect((await answered(answer)).asked).rejects.toMatchObject({ code: "prompt-too-long" });
    },
  );

  it.each(["no-such-model"].filter((answer) => has(program, answer)))(
    "does not have the model: nothing more is asked (%s)",
    async (answer) => {
      const { asked, server } = await answered(answer);
      await expect(asked).rejects.toMatchObject({
        code: "model",
        message: expect.stringMatching(/refuses what the model "m" is asked: HTTP 404/u),
      });
      expect(server.requests).toHaveLength(1);
    },
  );

  it.each(["dead", "unloaded"].filter((answer) => has(program, answer)))(
    "breaks: it is asked once more (%s)",
    async (answer) => {
      const { asked, server } = await answered(answer);
      await expect(asked).rejects.toMatchObject({ message: expect.stringContaining("no answer in 2 tries") });
      expect(server.requests).toHaveLength(2);
    },
  );

  const gap = { prefix: "def add(a, b):\n    return ", suffix: "\n\n\nprint(add(1, 2))\n", stop: ["\n"] };

  it.runIf(has(program, "gap"))("fills a gap; a model that was not trained for that says so", async () => {
    const server = await startRecorded(program);
    const { models } = await ask(server, program);
    server.answer = "gap";
    const model = models.api("m", ["infill"]);
    expect(await model.infill(gap)).toMatchObject({
      text: "a + b",
      finish: "stop",
      tokens: { prompt: 21, generated: 4 },
    });
    expect(server.requests[0]).toMatchObject(
      program === "llama-server"
        ? { path: "/infill", body: { input_prefix: gap.prefix, input_suffix: gap.suffix, stop: ["\n"] } }
        : { path: "/v1/completions", body: { prompt: gap.prefix, suffix: gap.suffix } },
    );
    server.answer = "no-gap";
    await expect(model.infill({ ...gap, prefix: "def sub(a, b):\n    return " })).rejects.toMatchObject({
      message: expect.stringMatching(/the server refuses the question.*(?:support insert|supported by this model)/u),
    });
  });

  it.runIf(!has(program, "gap"))("fills no gap, which is said when the plan is made", async () => {
    const server = await startRecorded(program);
    const { models, resolved, context } = await ask(server, program);
    expect(await modelLacks(resolved, ["infill"], context)).toEqual(["infill"]);
    expect(() => models.api("m", ["infill"])).toThrow('the model "m" cannot fill a gap in a text (infill)');
  });
});
