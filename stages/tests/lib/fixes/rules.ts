import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Source } from "../../../../pipeline/contract/kind.js";
import type { TestResult } from "../../../../pipeline/contract/test-run.js";
import type { Context } from "../../../../pipeline/contract/stage.js";
import { parseModule } from "../../../python/lib/parse-module.js";
import { testFunctions } from "../test-functions.js";
import type { Failing, Failure, Rule } from "./fix.js";
import { missingImport } from "./missing-import.js";
import { missingFixture } from "./missing-fixture.js";
import { missingSelf } from "./missing-self.js";
import { unreadIterator } from "./unread-iterator.js";
import { unterminated } from "./unterminated.js";
import { wrongModule } from "./wrong-module.js";

const rules: readonly Rule[] = [unterminated, wrongModule, missingImport, missingSelf, missingFixture, unreadIterator];

/** Tests that a rule has mended; nothing is known of them before they are run. */
export interface Mended {
  readonly response: string;
  /** rule:import, ... */
  readonly repair: string;
  /** Names of the tests that had failed for what was mended. */
  readonly tests: readonly string[];
}

/**
 * What the first of the rules that knows a failure makes of the tests; null where none does. `tried` are repairs that
 * are not tried again.
 */
export async function mend(
  failing: Omit<Failing, "failures">,
  { verdicts, fileError }: TestResult,
  tried: ReadonlySet<string>,
): Promise<Mended | null> {
  const failures: readonly Failure[] =
    fileError === null ? verdicts.filter(({ outcome }) => outcome !== "passed") : [{ test: null, ...fileError }];
  for (const { name, isFor, mend: apply } of rules) {
    const repair = `rule:${name}`;
    const own = failures.filter(isFor);
    if (own.length === 0 || tried.has(repair)) continue;
    const response = await apply({ ...failing, failures: own });
    if (response === null) continue;
    const tests = own.flatMap(({ test }) =>
      test === null ? testFunctions(response).map((each) => each.name) : [test],
    );
    return { response, repair, tests };
  }
  return null;
}

/** Reads the names that a test can import from the file that a record comes from. */
export function publicNamesOf(source: Source, context: Context): () => Promise<ReadonlySet<string>> {
  return async () => {
    if (source.path === undefined) return new Set();
    const { folder } = await context.sourceTree(source);
    const text = await readFile(join(folder, source.path), "utf8").catch(() => "");
    // A module that it imports is had from where it is.
    const names = parseModule(text)
      .module.statements.filter(({ type }) => type !== "import_statement")
      .flatMap(({ binds }) => [...binds]);
    return new Set(names.filter((name) => !name.startsWith("_")));
  };
}
