import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { PytestEvidence } from "../../lib/evidence/pytest-evidence.js";
import type { Source } from "../../../../pipeline/contract/kind.js";
import type { Context } from "../../../../pipeline/contract/stage.js";
import { parametersOf } from "../../../python/lib/parameters.js";
import { parseModule } from "../../../python/lib/parse-module.js";
import { freeName, namesByRule, saysWhatIsChecked } from "../../lib/test-names.js";
import { type Part, plainTests, type SplitTests, withCode } from "./behaviours.js";

/**
 * The tests with names that say what is checked. A name that does so already stays, if no other test has it, and if
 * what the writer expected was right: the name may say it, too. `parts` is what each of the others is called now.
 */
export async function namedByWhatTheyCheck(
  { response, parts: split }: SplitTests,
  { target, expectations = [] }: Pick<PytestEvidence, "target" | "expectations">,
  source: Source,
  context: Pick<Context, "sourceTree">,
): Promise<SplitTests> {
  const { module } = parseModule(response);
  const tests = plainTests(module);
  const isPart = new Set([...split.values()].flat().map(({ name }) => name));
  const isWrong = new Set(expectations.filter(({ recorded }) => recorded !== null).map(({ test }) => test));
  const keeps = ({ name }: Part) =>
    saysWhatIsChecked(name, target.name) &&
    !isPart.has(name) &&
    !isWrong.has(name) &&
    tests.filter((each) => each.name === name).length === 1;
  const unnamed = tests.filter((test) => !keeps(test));
  if (unnamed.length === 0) return { response, parts: split };

  const parameters = await parametersIn(source, target, context);
  const choices = unnamed.map(({ code }) => namesByRule(code, target.name, parameters));
  // The shortest that no other test could be called by.
  const isShared = (name: string) => choices.filter((names) => names.includes(name)).length > 1;
  const taken = new Set(
    module.statements.flatMap(({ binds }) => [...binds]).filter((name) => !unnamed.some((test) => test.name === name)),
  );
  const names = choices.map((own) => freeName(own.find((name) => !isShared(name)) ?? own[0] ?? "test", taken));
  const renamed = unnamed.map((test, index) => ({
    ...test,
    now: { name: names[index] ?? test.name, code: test.code.replace(test.name, names[index] ?? test.name) },
  }));
  const parts = new Map(split);
  for (const { name, now } of renamed) {
    const before = [...split].find(([, own]) => own.some((part) => part.name === name))?.[0] ?? name;
    const own = parts.get(before) ?? [];
    parts.set(
      before,
      own.some((part) => part.name === name) ? own.map((part) => (part.name === name ? now : part)) : [...own, now],
    );
  }
  return {
    response: withCode(
      module,
      renamed.map(({ now, definition }) => ({ definition, code: now.code })),
    ),
    parts,
  };
}

/**
 * Names of the parameters of what is tested, of those that take arguments by position; none where it cannot be read.
 */
async function parametersIn(
  { path, ...source }: Source,
  { qualifiedName, kind }: PytestEvidence["target"],
  context: Pick<Context, "sourceTree">,
): Promise<string[]> {
  if (path === undefined || kind === "route") return [];
  const { folder } = await context.sourceTree(source);
  const text = await readFile(join(folder, path), "utf8").catch(() => "");
  const called = kind === "class" ? `${qualifiedName}.__init__` : qualifiedName;
  const definition = parseModule(text).module.definitions.findLast(
    (each) => each.kind === "function" && each.qualifiedName === called,
  );
  if (definition === undefined) return [];
  const names = parametersOf(definition.node)
    .filter(({ kind: taken }) => taken.startsWith("positional"))
    .map(({ name }) => name);
  const isBound =
    definition.parent !== null && !definition.decorators.some((decorator) => decorator.text === "@staticmethod");
  return isBound ? names.slice(1) : names;
}
