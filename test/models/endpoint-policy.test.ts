import { describe, expect, it } from "vitest";
import type { EndpointSpec } from "../../pipeline/contract/endpoint-spec.js";
import type { ModelSpec } from "../../pipeline/contract/model-spec.js";
import { resolveModel } from "../../pipeline/models/backends.js";
import { Concurrency } from "../../pipeline/models/endpoint/concurrency.js";
import { askEndpoint, noticesOf } from "./asked-endpoint.js";
import { serviceContext } from "./context.js";
import { type OpenAiServer, sendJson, startOpenAiServer } from "./openai-server.js";

const question = (text: string) => ({ prompt: [{ role: "user" as const, content: text }] });
const fail = (status: number, message: string): OpenAiServer["before"] => {
  return (_request, response) => {
    sendJson(response, status, { error: { message } });
    return true;
  };
};

describe("an answer that does not come", () => {
  it("concerns the question alone, after as many tries as it has", async () => {
    const server = await startOpenAiServer({
      before: (request, response) =>
        request.body.messages?.[0]?.content === "bad" && fail(500, "assertion failed")(request, response) === true,
    });
    const { model } = await askEndpoint(server, { attempts: 2 });
    await expect(model.generate(question("bad"))).rejects.toMatchObject({
      code: "unanswered",
      message: "no answer in 2 tries: HTTP 500: assertion failed",
    });
    expect(await model.generate(question("good"))).toMatchObject({ text: "You said: good" });
  });

  it.each([
    [400, "This model's maximum context length is 8192 tokens", "prompt-too-long", "takes no prompt so long"],
    [400, "the request exceeds the available context size", "prompt-too-long", "takes no prompt so long"],
    [422, "temperature: out of range", "unanswered", "refuses the question: HTTP 422: temperature: out of range"],
    [401, "wrong key", "model", "refuses what the model"],
    [404, "no such model", "model", "refuses what the model"],
    [429, "You exceeded your current quota", "model", "refuses what the model"],
  ])("is asked for once where that changes nothing: %i %s", async (status, message, code, said) => {
    const server = await startOpenAiServer({ before: fail(status, message) });
    const { model } = await askEndpoint(server);
    await expect(model.generate(question("a"))).rejects.toMatchObject({ code, message: expect.stringContaining(said) });
    expect(server.requests).toHaveLength(1);
  });

  it("is not replaced by what a filter leaves of it", async () => {
    const server = await startOpenAiServer({
      before: (_request, response) => {
        sendJson(response, 200, { choices: [{ message: { content: "I" }, finish_reason: "content_filter" }] });
        return true;
      },
    });
    const { model, context } = await askEndpoint(server);
    await expect(model.generate(question("a"))).rejects.toMatchObject({ code: "unanswered" });
    expect(context.memoized.size).toBe(0);
  });
});

describe("a server that answers nothing", () => {
  it("is left alone and waited for, which is said; that costs no question a try", async () => {
    const server = await startOpenAiServer();
    const { model, context } = await askEndpoint(server, { attempts: 2 });
    server.isDown = true;
    const ask = async (text: string) => (await model.generate(question(text))).text;
    const answers = Promise.all(Array.from({ length: 12 }, async (_, index) => await ask(`${index}`)));
    while (noticesOf(context).length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    server.isDown = false;
    expect(await answers).toEqual(Array.from({ length: 12 }, (_, index) => `You said: ${index}`));
    expect(noticesOf(context)).toEqual([
      "teacher: http://HOST/v1 does not answer (HTTP 503: restarting): waiting for it",
      expect.stringMatching(/^teacher: http:\/\/HOST\/v1 answers again, after \d+ s$/u),
    ]);
  });

  it("ends the run when that lasts too long", async () => {
    const server = await startOpenAiServer();
    const { model } = await askEndpoint(server, { patience: 1 });
    server.isDown = true;
    await expect(model.generate(question("a"))).rejects.toMatchObject({
      code: "model",
      message: expect.stringMatching(/has not answered for \d+ s: HTTP 503: restarting$/u),
      hint: expect.stringContaining("Run the same command again"),
    });
  });
});

describe("how much is asked at once", () => {
  it("grows while answers come, and halves where they do not: no server is asked far beyond its limit", async () => {
    const takes = 6;
    let refused = 0;
    const server = await startOpenAiServer({
      before: async (request, response) => {
        if (server.load.now > takes) {
          refused += 1;
          return await fail(429, "too many")(request, response);
        }
        await new Promise((resolve) => setTimeout(resolve, 20));
        return false;
      },
    });
    const { model } = await askEndpoint(server);
    const answers = await Promise.all(
      Array.from({ length: 100 }, async (_, index) => await model.generate(question(`${index}`))),
    );
    expect(new Set(answers.map(({ text }) => text)).size).toBe(100);
    expect(server.load.most).toBeGreaterThan(takes - 1);
    expect(server.load.most).toBeLessThanOrEqual(2 * takes);
    expect(refused).toBeLessThan(60);
  });

  it("is what the file allows at most", async () => {
    const server = await startOpenAiServer();
    const { model } = await askEndpoint(server, { inFlight: 2 });
    await Promise.all(Array.from({ length: 20 }, async (_, index) => await model.generate(question(`${index}`))));
    expect(server.load.most).toBeLessThanOrEqual(2);
  });

  it("does not grow where first tokens come later for it", () => {
    let now = 0;
    const concurrency = new Concurrency(64, () => now);
    const round = (first: number): void => {
      const many = concurrency.limit;
      for (let each = 0; each < many; each += 1) concurrency.begin();
      now += first;
      for (let each = 0; each < many; each += 1) concurrency.answered(first);
    };
    for (let rounds = 0; rounds < 40; rounds += 1) round(400);
    const fast = concurrency.limit;
    for (let rounds = 0; rounds < 40; rounds += 1) round(5000);
    expect(fast).toBeGreaterThan(8);
    expect(concurrency.limit).toBeLessThanOrEqual(fast + 2);
    const began = concurrency.begin();
    concurrency.refused(began, { isBusy: true, rest: 1500 });
    expect([concurrency.limit, concurrency.rest]).toEqual([Math.floor(concurrency.limit), 1500]);
  });
});

describe("a budget", () => {
  it.each<readonly [NonNullable<EndpointSpec["budget"]>, number | undefined]>([
    [{ requests: 5 }, 5],
    // 10 tokens read and 3 written; before each, the most that it can take has to be left
    [{ tokens: 700 }, undefined],
    [{ money: 0.0007 }, undefined],
  ])("of %j is never exceeded, and what was had is kept", async (budget, expected) => {
    const server = await startOpenAiServer();
    const { model, context } = await askEndpoint(server, { budget, price: { prompt: 1, generated: 2 } });
    const asked = await Promise.allSettled(
      Array.from({ length: 40 }, async (_, index) => await model.generate({ ...question(`${index}`), maxTokens: 20 })),
    );
    const answered = asked.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
    const refused = asked.flatMap((each) => (each.status === "rejected" ? [each.reason as unknown] : []));
    const tokens = answered.reduce((sum, each) => sum + each.tokens.prompt + each.tokens.generated, 0);
    const money = answered.reduce((sum, each) => sum + (each.tokens.prompt + 2 * each.tokens.generated) / 1e6, 0);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0]).toMatchObject({ code: "budget", exitCode: 75, message: expect.stringContaining("is used up") });
    expect(answered.length).toBeGreaterThan(0);
    expect(tokens).toBeLessThanOrEqual(budget.tokens ?? Infinity);
    expect(money).toBeLessThanOrEqual(budget.money ?? Infinity);
    expect(server.requests).toHaveLength(expected ?? server.requests.length);
    expect(context.memoized.size).toBe(answered.length);
  });

  it("of money needs a price", async () => {
    const server = await startOpenAiServer();
    await expect(askEndpoint(server, { budget: { money: 1 } })).rejects.toMatchObject({ code: "config" });
  });
});

describe("who is asked", () => {
  it("is who was asked before, or nobody", async () => {
    const server = await startOpenAiServer();
    const { model } = await askEndpoint(server);
    server.models = [{ id: "small", owned_by: "vllm", root: "acme/other", max_model_len: 8192 }];
    await expect(model.generate(question("a"))).rejects.toMatchObject({
      code: "model",
      message: expect.stringContaining('root was "acme/small", and is "acme/other"'),
      hint: expect.stringContaining("--update"),
    });
    expect(server.requests).toHaveLength(0);
  });

  it("is looked at again after an outage in mid-run", async () => {
    let breaks = false;
    const server = await startOpenAiServer({
      before: (_request, response) => {
        if (breaks) response.destroy();
        return breaks;
      },
    });
    const { model } = await askEndpoint(server);
    await model.generate(question("a"));
    breaks = true;
    const asked = model.generate(question("b"));
    asked.catch(() => undefined);
    while (server.requests.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    breaks = false;
    server.models = [{ id: "small", owned_by: "vllm", root: "acme/other", max_model_len: 8192 }];
    await expect(asked).rejects.toMatchObject({
      code: "model",
      message: expect.stringContaining("serves another model"),
    });
  });

  it("is this machine, unless the file allows another", async () => {
    const context = serviceContext();
    const remote = { source: "https://api.example.com/v1#big" };
    await expect(resolveModel(remote, context)).rejects.toMatchObject({
      code: "reference",
      message: expect.stringContaining("would send code to api.example.com"),
    });
    // Names that look like this machine and are another
    for (const host of [
      "127.0.0.1.example.com",
      "localhost.example.com",
      "0x7f.1.example.com",
      "[2001:db8::1]",
      "10.0.0.1",
    ])
      await expect(resolveModel({ source: `http://${host}/v1#big` }, context)).rejects.toMatchObject({
        code: "reference",
      });
    await expect(resolveModel({ source: "http://user:secret@127.0.0.1/v1#big" }, context)).rejects.toMatchObject({
      hint: expect.stringContaining("environment variable"),
    });
  });

  it("gets its key from the environment, and no error shows it", async () => {
    const server = await startOpenAiServer({ before: fail(401, "wrong key sk-test-0123456789abcdefghij") });
    process.env["TEACHER_KEY"] = "sk-test-0123456789abcdefghij";
    const { model } = await askEndpoint(server, { apiKey: "TEACHER_KEY" });
    await expect(model.generate(question("a"))).rejects.toMatchObject({
      message: expect.not.stringContaining("0123456789"),
    });
    expect(server.requests[0]?.headers.authorization).toBe("Bearer sk-test-0123456789abcdefghij");
    delete process.env["TEACHER_KEY"];
    await expect(model.generate(question("b"))).rejects.toMatchObject({ hint: "export TEACHER_KEY=..." });
  });

  it("can be another server with the same weights, where the file states them", async () => {
    const [one, other] = [await startOpenAiServer(), await startOpenAiServer()];
    const context = serviceContext();
    const hash = async (server: OpenAiServer, more: Partial<ModelSpec>) =>
      (await resolveModel({ source: `${server.url}#small`, ...more }, context)).hash;
    const sha256 = "a".repeat(64);
    expect(await hash(one, { sha256 })).toBe(await hash(other, { sha256 }));
    expect(await hash(one, {})).not.toBe(await hash(other, {}));
    expect(await hash(one, { sha256 })).not.toBe(await hash(one, { sha256, endpoint: { body: { top_k: 1 } } }));
  });
});
