import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Folder, folderWith } from "./command.js";

let folder: Folder;
beforeAll(async () => {
  folder = await folderWith({ "said.yaml": "default: yes\n" });
  await writeFile(
    join(folder.path, "mine.yaml"),
    'name: mine\nmodels: { said: scripted:said.yaml }\nsteps: [{ stage: ingest, with: { sources: ["folder:."] } }]\n',
  );
});
afterAll(async () => await folder.remove());

describe("pipeline serve", () => {
  it("serves the models of a file until it is told to stop", async () => {
    const running = folder.start("serve", "mine.yaml", "--port", "0");
    let base = "";
    for await (const line of createInterface({ input: running.stdout })) {
      base = /^said at (http:\/\/127\.0\.0\.1:\d+\/v1)$/u.exec(line)?.[1] ?? line;
      break;
    }
    const response = await fetch(`${base}/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ model: "said", messages: [{ role: "user", content: "a" }] }),
    });
    expect(await response.json()).toMatchObject({ choices: [{ message: { content: "yes" } }] });
    running.kill("SIGTERM");
    expect((await running).exitCode).toBe(0);
  });

  it("answers on the standard streams, a message a line, until nothing more comes", async () => {
    const running = folder.start("serve", "mine.yaml", "--stdio");
    const body = { model: "said", messages: [{ role: "user", content: "a" }] };
    running.stdin.end(`${JSON.stringify({ id: 1, path: "/v1/chat/completions", body })}\n`);
    const { stdout, exitCode } = await running;
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      id: 1,
      status: 200,
      body: { choices: [{ message: { content: "yes" } }] },
    });
  });

  it("wants a key where other machines can ask, a model, and a port that is free", async () => {
    expect(await folder.pipeline("serve", "mine.yaml", "--host", "0.0.0.0")).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("PIPELINE_API_KEY"),
    });
    expect(await folder.pipeline("serve")).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("pipeline serve --model"),
    });
    expect(await folder.pipeline("serve", "mine.yaml", "--port", "many")).toMatchObject({ exitCode: 2 });
  });
});
