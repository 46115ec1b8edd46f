import { testFile } from "../../../python/lib/pytest-file.js";
import type { Definition, PythonModule } from "../../../python/lib/module.js";
import { parseModule } from "../../../python/lib/parse-module.js";
import type { Rule } from "./fix.js";

/** Asks for fixtures that tests use by their names as if they were variables: `client`, above all. */
export const missingFixture: Rule = {
  name: "fixture",
  isFor: ({ detail }) => /'FixtureFunctionDefinition'|Fixture "\w+" called directly/u.test(detail),

  async mend({ response, preamble }) {
    const { module } = parseModule(response);
    const fixtures = fixturesOf(parseModule(testFile(preamble, response)).module);
    const tests = module.definitions.filter(({ kind, name }) => kind === "function" && name.startsWith("test"));
    const changes = tests
      .map((test) => ({ test, missing: fixtures.filter((name) => test.needs.has(name)) }))
      .filter(({ missing }) => missing.length > 0);
    if (changes.length === 0) return null;
    return changes.toReversed().reduce((code, { test, missing }) => withParameters(code, test, missing), module.text);
  },
};

function fixturesOf({ definitions }: PythonModule): string[] {
  return definitions
    .filter(
      ({ kind, decorators }) => kind === "function" && decorators.some(({ text }) => /^@pytest\.fixture\b/u.test(text)),
    )
    .map(({ name }) => name);
}

function withParameters(code: string, { node }: Definition, names: readonly string[]): string {
  const parameters = node.childForFieldName("parameters");
  if (parameters === null) return code;
  const end = parameters.endIndex - 1;
  const separator = parameters.namedChildCount > 0 ? ", " : "";
  return code.slice(0, end) + separator + names.join(", ") + code.slice(end);
}
