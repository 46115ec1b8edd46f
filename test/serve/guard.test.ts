import { describe, expect, it } from "vitest";
import { scripted, startServing } from "./serving.js";

const chat = (
  base: string,
  { path = "/chat/completions", headers = {}, body }: { path?: string; headers?: object; body?: string } = {},
) =>
  fetch(`${base}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: body ?? JSON.stringify({ model: "said", messages: [{ role: "user", content: "a" }] }),
  });

describe("a server", () => {
  it("wants its key, and compares it whole", async () => {
    const base = await startServing({ said: await scripted("default: yes") }, { key: "right-key" });
    const statuses = await Promise.all(
      [{}, { authorization: "Bearer right" }, { authorization: "Bearer right-key" }].map(
        async (headers) => (await chat(base, { headers })).status,
      ),
    );
    expect(statuses).toEqual([401, 401, 200]);
    expect((await fetch(`${base.replace("/v1", "")}/health`)).status).toBe(200);
  });

  it("answers no page of another site, and to no other name", async () => {
    const base = await startServing({ said: await scripted("default: yes") }, { origins: ["https://mine.example"] });
    const statusOf = async (headers: object) => (await chat(base, { headers })).status;
    expect([
      await statusOf({ origin: "https://evil.example" }),
      await statusOf({ origin: "https://mine.example" }),
      await statusOf({ origin: "http://localhost:3000" }),
      await statusOf({ origin: "null" }),
    ]).toEqual([403, 200, 200, 403]);
  });

  it("takes the paths that clients write", async () => {
    const base = await startServing({ said: await scripted("default: yes") });
    const root = base.replace("/v1", "");
    const paths = ["/v1/chat/completions", "/chat/completions", "//v1/chat/completions", "/v1/chat/completions/"];
    expect(await Promise.all(paths.map(async (path) => (await chat(root, { path })).status))).toEqual([
      200, 200, 200, 200,
    ]);
    expect(await (await fetch(`${root}/nowhere`)).json()).toMatchObject({ error: { code: "not_found" } });
  });

  it.each([
    ["no JSON", "{"],
    ["another type", "[]"],
    ["a null", "null"],
    ["no messages", '{"model":"said"}'],
    ["an odd role", '{"model":"said","messages":[{"role":"king","content":"a"}]}'],
    ["a number as content", '{"model":"said","messages":[{"role":"user","content":1}]}'],
    ["an image", '{"model":"said","messages":[{"role":"user","content":[{"type":"image_url"}]}]}'],
    ["a name with a space", '{"model":"said","messages":[{"role":"tool","name":"a b","content":"a"}]}'],
  ])("says what is wrong with %s", async (_name, body) => {
    const base = await startServing({ said: await scripted("default: yes") });
    const response = await chat(base, { body });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      error: { message: expect.any(String), type: "invalid_request_error" },
    });
  });

  it("sends away what its queue does not hold, and says when to come again", async () => {
    let places = 1;
    const base = await startServing({ said: await scripted("default: yes") }, { queue: 0, places: () => places });
    places = 0;
    const answers = await Promise.all(Array.from({ length: 20 }, () => chat(base)));
    const refused = answers.filter(({ status }) => status === 429);
    expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThan(0);
    expect(refused.every(({ headers }) => Number(headers.get("retry-after")) >= 1)).toBe(true);
    const text = await (await fetch(`${base.replace("/v1", "")}/metrics`)).text();
    expect(text).toMatch(/^pipeline_requests_total \d+$/mu);
  });
});
