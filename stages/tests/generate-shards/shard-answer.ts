import { type Reason, reason } from "../../../pipeline/contract/reasons.js";
import type { Target } from "../../python/lib/records.js";
import { parseModule } from "../../python/lib/parse-module.js";
import type { ProjectModules } from "../../python/lib/project-modules.js";
import { testFunctions, withoutTests } from "../lib/test-functions.js";
import { readAnswer, withoutTest } from "../lib/answers/answer.js";
import { beginsTest, parseAnswer, unfinishedThought } from "../lib/answers/answer-code.js";
import { type ImportedCode, type KnownNames, resolveImports } from "../lib/answers/own-imports.js";
import { ownerOf } from "../lib/answers/owners.js";

/** What is usable of an answer about many targets. */
export interface ReadShardAnswer {
  /** The tests of each target that has some, with what they need, by its id. */
  readonly tests: ReadonlyMap<string, string>;
  /** What was left out, with the reason. */
  readonly rejected: readonly { readonly part: string; readonly reason: Reason }[];
  /** What was wrong, in words that the model can be told; not which targets have no test. */
  readonly problems: readonly string[];
}

/** Takes the tests of each target out of an answer: every test goes to one target, the one that it is of. */
export async function readShardAnswer(
  text: string,
  {
    truncated,
    targets,
    modules,
  }: { readonly truncated: boolean; readonly targets: readonly Target[]; readonly modules: ProjectModules },
): Promise<ReadShardAnswer> {
  const parsed = parseAnswer(text, { truncated });
  if (parsed === null)
    return {
      tests: new Map(),
      rejected: [{ part: text, reason: unfinishedThought }],
      problems: ["the answer ended before it came to the tests: think less"],
    };
  const broken = parsed.broken.filter(beginsTest);
  const given = givenNames(targets);
  const imported = await resolveImports(parsed.module, given, modules);
  const known: KnownNames = new Map([
    ...[...given].map(([name, module]) => [name, { module, name }] as const),
    ...imported.known,
  ]);
  const code = withGiven(imported.code, given, imported.known);
  const sorted = sortTests(code, { targets, known, missing: imported.missing });
  return {
    tests: new Map(
      [...sorted.byTarget].flatMap(([target, own]) => {
        const tests = testsOf(target, code, own);
        return tests === null ? [] : [[target.id, tests] as const];
      }),
    ),
    rejected: [
      ...broken.map(({ excerpt }) => ({ part: excerpt, reason: reason("syntax", `syntax: ${excerpt.trim()}`) })),
      ...sorted.rejected,
      ...(testFunctions(code).length === 0 && broken.length === 0
        ? [{ part: text, reason: withoutTest(truncated) }]
        : []),
    ],
    problems: [
      ...broken.map(
        ({ line, excerpt }) => `line ${line} is no Python, in the part that begins with: ${excerpt.trim()}`,
      ),
      ...[...new Set(imported.missing.values())].map((what) => `wrong import: ${what}`),
      ...(truncated ? ["the answer was too long, and was cut: write fewer and shorter tests"] : []),
    ],
  };
}

/** What a test of these targets imports, with its module; without names that two modules have. */
function givenNames(targets: readonly Target[]): ReadonlyMap<string, string> {
  const modules = new Map<string, Set<string>>();
  for (const { qualifiedName, module, route } of targets) {
    const [callee = ""] = qualifiedName.split(".");
    if (route === undefined) modules.set(callee, (modules.get(callee) ?? new Set()).add(module));
  }
  return new Map(
    [...modules].flatMap(([callee, found]) => (found.size === 1 ? [[callee, [...found][0] ?? ""] as const] : [])),
  );
}

/** The code with imports of the names that it uses without having them: a test of one target may use another one. */
function withGiven(code: string, given: ReadonlyMap<string, string>, imported: KnownNames): string {
  const bound = new Set(parseModule(code).module.statements.flatMap(({ binds }) => [...binds]));
  const lines = [...given]
    .filter(([name]) => !bound.has(name) && !imported.has(name))
    .map(([name, module]) => `from ${module} import ${name}`);
  return [...lines, code].join("\n\n\n");
}

interface SortedTests {
  /** Names of the tests of each target. */
  readonly byTarget: ReadonlyMap<Target, ReadonlySet<string>>;
  readonly rejected: ReadShardAnswer["rejected"];
}

function sortTests(
  code: string,
  {
    targets,
    known,
    missing,
  }: { readonly targets: readonly Target[]; readonly known: KnownNames } & Pick<ImportedCode, "missing">,
): SortedTests {
  const { module } = parseModule(code);
  const byTarget = new Map<Target, Set<string>>();
  const rejected: { part: string; reason: Reason }[] = [];
  for (const test of testFunctions(code)) {
    const definition = module.definitions.findLast(
      ({ qualifiedName }) => qualifiedName === test.name.replaceAll("::", "."),
    );
    if (definition === undefined || test.isShadowed) continue;
    const lacking = [...definition.needs].flatMap((name) => missing.get(name) ?? []);
    const owner = lacking.length > 0 ? null : ownerOf(definition, module, targets, known);
    if (owner !== null) byTarget.set(owner, (byTarget.get(owner) ?? new Set()).add(test.name));
    else if (lacking.length > 0)
      rejected.push({ part: test.code, reason: reason("import", `import: ${lacking.join(", ")}`) });
    else
      rejected.push({
        part: test.code,
        reason: reason("no-target", "no target: it is a test of nothing that was asked for"),
      });
  }
  return { byTarget, rejected };
}

/** The named tests with all that they need, as an answer about their target alone would have them. */
function testsOf(target: Target, code: string, names: ReadonlySet<string>): string | null {
  const isOther = ({ name }: { readonly name: string }) => !names.has(name);
  const own = testFunctions(code).some(isOther) ? withoutTests(code, isOther) : code;
  if (own === null) return null;
  const [callee = ""] = target.qualifiedName.split(".");
  const isRoute = target.route !== undefined;
  return readAnswer(own, {
    truncated: false,
    splitAssertions: false,
    imported: isRoute ? ["pytest"] : ["pytest", callee],
    asyncName: target.isAsync && !isRoute ? target.name : null,
  }).tests;
}
