import { PassThrough } from "node:stream";
import { expect, it, onTestFinished } from "vitest";
import { serveLines } from "../../pipeline/serve/lines.js";
import { createStop } from "../../pipeline/system/abort.js";
import { scripted, serveApp } from "./serving.js";

type Line = Readonly<Record<string, unknown>>;

/** What is answered to these lines, in the order in which it comes. */
async function answers(...lines: readonly (object | string)[]): Promise<Line[]> {
  const source = await scripted("rules: [{ match: long, answers: [one two three] }]\ndefault: yes\n");
  const { app, close } = await serveApp({ said: source }, { queue: 4 });
  onTestFinished(close);
  const [input, output] = [new PassThrough(), new PassThrough()];
  input.end(lines.map((line) => `${typeof line === "string" ? line : JSON.stringify(line)}\n`).join(""));
  await serveLines(app, { input, output, signal: createStop().signal });
  output.end();
  const text = Buffer.concat(await output.toArray()).toString();
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Line);
}

const path = "/v1/chat/completions";
const ask = (content: string, more: object = {}) => ({
  model: "said",
  messages: [{ role: "user", content }],
  ...more,
});

it("answers requests a line each, with what the server answers, whatever order they end in", async () => {
  const told = await answers({ id: 1, path, body: ask("a") }, "", { id: "b", method: "GET", path: "/v1/models" });
  expect(told).toHaveLength(2);
  expect(told.find(({ id }) => id === 1)).toMatchObject({
    status: 200,
    body: { object: "chat.completion", choices: [{ message: { content: "yes" } }] },
  });
  expect(told.find(({ id }) => id === "b")).toMatchObject({ body: { data: [{ id: "said" }] } });
});

it("tells a stream event by event, and its end", async () => {
  const told = await answers({ id: 7, path, body: ask("long", { stream: true }) });
  expect(told.at(-1)).toEqual({ id: 7, end: true });
  const events = told
    .slice(0, -1)
    .map(({ id, event }) => ({ id, event: event as { choices: { delta: { content?: string } }[] } }));
  expect(events.every(({ id }) => id === 7)).toBe(true);
  expect(events.flatMap(({ event }) => event.choices.map(({ delta }) => delta.content ?? "")).join("")).toBe(
    "one two three",
  );
});

it("says what is wrong with a line, and goes on", async () => {
  const told = await answers(
    "{",
    { path },
    { id: 1, path, body: { model: "none", messages: [{ role: "user", content: "a" }] } },
    { id: 2, path: "/nowhere", body: {} },
    { id: 3, path, body: ask("a") },
    { id: 3, path, body: ask("a") },
  );
  const of = (wanted: unknown) => told.filter(({ id }) => id === wanted);
  expect(of(null)).toMatchObject([
    { status: 400, body: { error: { code: "invalid_json" } } },
    { status: 400, body: { error: { code: "invalid_value" } } },
  ]);
  expect(of(1)).toMatchObject([{ status: 404, body: { error: { code: "model_not_found" } } }]);
  expect(of(2)).toMatchObject([{ status: 404, body: { error: { code: "not_found" } } }]);
  expect(of(3).map(({ status }) => status)).toEqual([400, 200]);
});

it("stops what nobody waits for any more", async () => {
  const told = await answers({ id: 1, path, body: ask("long", { stream: true }) }, { id: 1, abort: true });
  expect(told.at(-1)).toEqual({ id: 1, aborted: true });
});
