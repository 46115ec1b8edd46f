import { readFileSync } from "node:fs";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { capable } from "../../pipeline/models/capable.js";
import { packageRoot } from "../../pipeline/system/paths.js";
import { blockOf } from "../support/pages.js";
import { temporaryFolder } from "../support/pipelines.js";
import { serviceContext } from "./context.js";
import { program } from "./program-backend.js";

it("is shown in the documentation as it is here", () => {
  const written = readFileSync(join(packageRoot, "test/models/program-backend.ts"), "utf8")
    .replaceAll("../../pipeline/models/", "./")
    .replaceAll("../../pipeline/", "../");
  expect(blockOf("docs/models.md", "ts", "// pipeline/models/program.ts")).toBe(
    `// pipeline/models/program.ts\n${written}`,
  );
});

it("runs models of its own: told apart, pinned by what they hold, asked and remembered", async () => {
  const baseDir = await temporaryFolder();
  const write = async (text: string) => {
    await writeFile(join(baseDir, "answer"), `#!/bin/sh\n${text}\n`);
    await chmod(join(baseDir, "answer"), 0o755);
  };
  await write("tr a-z A-Z");
  const spec = { source: "program:answer" };
  expect([program.recognises(spec), program.recognises({ source: "file:answer" })]).toEqual([true, false]);
  const context = serviceContext({ baseDir });
  const settings = { threads: 1, determinism: "strict", makers: { convertFolder: none, quantize: none } } as const;
  const model = await program.resolve(spec, context);
  const running = program.open("shouts", model, context, settings);

  const pieces: string[] = [];
  const asked = { prompt: [{ role: "user", content: "say it" }], prefill: " " } as const;
  expect(await running.model.generate(asked, { onToken: (piece) => pieces.push(piece) })).toMatchObject({
    text: " SAY IT ",
    remembered: false,
  });
  expect(pieces).toEqual([" SAY IT "]);
  expect(await running.model.generate(asked)).toMatchObject({ text: " SAY IT ", remembered: true });
  expect(() => capable(running.model, ["tokens"])).toThrow('the model "shouts" cannot tell its tokens (tokens)');

  await write("cat");
  expect((await program.resolve(spec, context)).hash).not.toBe(model.hash);
  await running.close();
});

async function none(): Promise<never> {
  throw new Error("nothing is converted here");
}
