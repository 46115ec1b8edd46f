import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { packageRoot } from "../../../pipeline/system/paths.js";

/** A user's program: a stage with a type of its own, and the library. Its last line must not compile. */
const program = `import { defineStage, Example, z } from "distil-pipeline/stage";
import { loadPipeline, run } from "distil-pipeline";

export const stage = defineStage({
  name: "short",
  summary: "Short ones",
  version: 1,
  reads: Example,
  writes: Example,
  parallel: "record",
  options: z.strictObject({ most: z.int().default(400).describe("Characters") }),
  async *run(examples, { most }) {
    for await (const example of examples) if (example.response.length <= most) yield example;
  },
});

for await (const event of run(await loadPipeline("mine.yaml"))) {
  if (event.type === "step-finished") console.log(event.step, event.out);
}

// @ts-expect-error a number is no name
defineStage({ name: 1 });
`;

const resolutions = [
  { module: "NodeNext", moduleResolution: "NodeNext" },
  { module: "ESNext", moduleResolution: "Bundler" },
];

/** Compiles a user's program against the package that is installed in a folder, declarations included. */
export async function checkTypes(user: string): Promise<void> {
  await writeFile(join(user, "own.mts"), program);
  for (const resolution of resolutions) {
    const compilerOptions = {
      ...resolution,
      strict: true,
      noEmit: true,
      target: "ES2022",
      skipLibCheck: false,
      types: ["node"],
    };
    await writeFile(join(user, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["own.mts"] }));
    await execa(join(packageRoot, "node_modules/.bin/tsc"), ["-p", "."], { cwd: user });
  }
}
