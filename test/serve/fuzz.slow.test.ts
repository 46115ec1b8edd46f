import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { expect, it } from "vitest";
import { scripted, startServing } from "./serving.js";

const count = 10_000;
const texts = [
  "",
  "a",
  "<tool_call>",
  "</think>",
  "\u0000",
  "\ud800",
  "𝄞",
  "{{",
  "a".repeat(5000),
  "../../etc/passwd",
  "NaN",
];
const paths = ["/chat/completions", "/completions", "/embeddings", "/models", "/nowhere", "/chat/completions/", "//v1"];
const whole: Readonly<Record<string, unknown>> = {
  model: "said",
  messages: [{ role: "user", content: "a" }],
  prompt: "a",
  input: "a",
  max_tokens: 3,
  temperature: 0,
  n: 1,
  stop: ["b"],
  stream: false,
  stream_options: { include_usage: true },
  response_format: { type: "text" },
  tools: [{ type: "function", function: { name: "f", parameters: {} } }],
  tool_choice: "auto",
};

/** Requests that are nearly right, the same ones each time. */
class Fuzz {
  readonly #random = xoroshiro128plus(2025);

  request(): { readonly path: string; readonly init: RequestInit } {
    const path = this.#of(paths);
    const method = this.#of(["POST", "POST", "POST", "POST", "GET", "PUT", "DELETE", "OPTIONS"]);
    const headers: Record<string, string> = {};
    if (this.#below(20) > 0) headers["content-type"] = this.#of(["application/json", "application/json", "text/plain"]);
    if (this.#below(20) === 0) headers["authorization"] = this.#of(["Bearer", "Bearer x", "Basic eA=="]);
    if (method === "GET") return { path, init: { method, headers } };
    const body = JSON.stringify(this.#changed(structuredClone(whole)));
    return { path, init: { method, headers, body: this.#below(10) === 0 ? this.#broken(body) : body } };
  }

  #changed(body: Record<string, unknown>): unknown {
    for (let changes = this.#below(4); changes > 0; changes -= 1) {
      const key = this.#of([...Object.keys(body), "seed", "suffix", "grammar", "logprobs", "top_p", "files", "echo"]);
      if (this.#below(4) === 0) delete body[key];
      else body[key] = this.#value(0);
    }
    return this.#below(50) === 0 ? this.#value(0) : body;
  }

  #value(depth: number): unknown {
    switch (this.#below(depth > 3 ? 5 : 8)) {
      case 0:
        return this.#of(texts);
      case 1:
        return this.#of([0, -1, 1, 2, 0.5, 1e308, -1e308, 2 ** 53, 4_294_967_296]);
      case 2:
        return null;
      case 3:
        return this.#below(2) === 0;
      case 4:
        return this.#of(Object.values(whole));
      case 5:
        return Array.from({ length: this.#below(4) }, () => this.#value(depth + 1));
      case 6:
        return {
          type: this.#of(["json_schema", "function", "object"]),
          json_schema: { schema: this.#value(depth + 1) },
        };
      default:
        return Object.fromEntries(
          Array.from({ length: this.#below(4) }, () => [
            this.#of(["role", "content", "name", "type", "function", "$ref", "__proto__", "constructor"]),
            this.#value(depth + 1),
          ]),
        );
    }
  }

  #broken(body: string): string {
    const at = this.#below(body.length);
    return this.#of([body.slice(0, at), `${body.slice(0, at)}\u0000${body.slice(at)}`, "[".repeat(100_000), ""]);
  }

  #below(limit: number): number {
    return (this.#random.next() >>> 0) % limit;
  }

  #of<T>(list: readonly T[]): T {
    return list[this.#below(list.length)] as T;
  }
}

it(
  "answers ten thousand nearly right requests, each with a status and a body, and is there at the end",
  {
    timeout: 300_000,
  },
  async () => {
    const base = await startServing({ said: await scripted("default: one two three four\n") }, { queue: 64 });
    const fuzz = new Fuzz();
    const statuses = new Map<number, number>();
    const wrong: unknown[] = [];
    const ask = async (): Promise<void> => {
      const { path, init } = fuzz.request();
      const response = await fetch(base + path, init);
      const text = await response.text();
      statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
      const isTold = response.status < 400 || /^\{"error":\{"message":".+"type":"\w+"/su.test(text);
      if (response.status >= 500 || !isTold)
        wrong.push({ path, init, status: response.status, text: text.slice(0, 300) });
    };
    for (let asked = 0; asked < count; asked += 50) await Promise.all(Array.from({ length: 50 }, ask));
    expect(wrong.slice(0, 3)).toEqual([]);
    expect([...statuses.keys()].filter((status) => ![200, 204, 400, 404].includes(status))).toEqual([]);
    expect(Math.min(statuses.get(200) ?? 0, statuses.get(400) ?? 0)).toBeGreaterThan(200);
    expect((await fetch(`${base.replace(/\/v1$/u, "")}/health`)).status).toBe(200);
  },
);
