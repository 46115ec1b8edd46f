import { doctestFiles } from "./doctest-files.js";
import { withServices } from "./services.js";

/** Prompts that share how they begin, as those of a pipeline do. */
export interface BenchPrompts {
  /** What all begin with: examples, about 400 tokens. */
  readonly shared: string;
  /** Whole prompts. */
  readonly prompts: readonly string[];
}

const source = "pypi:pydash@8.1.0";

/** Real questions: two solved functions of a package, and then one that is to be tested, with the test begun. */
export async function benchPrompts(count: number): Promise<BenchPrompts> {
  const files = await withServices(
    1,
    async ({ sources }) => await doctestFiles(await sources.fetch(source), "pydash/**/*.py"),
  );
  const short = files.filter(({ target, code }) => target.promptCode.length < 500 && code.length < 600);
  const shared = short
    .slice(0, 2)
    .map(({ target, code }) => `${target.promptCode}\n\n\n${code}\n\n\n`)
    .join("");
  const asked = short.slice(2, 2 + count);
  return {
    shared,
    prompts: asked.map(({ target }) => `${shared}${target.promptCode}\n\n\nimport pydash\n\n\ndef test_`),
  };
}
