import { type Segment, segmentsOf, testFunction } from "../../lib/assertions.js";
import type { Definition, PythonModule } from "../../../python/lib/module.js";
import { parseModule } from "../../../python/lib/parse-module.js";
import { statementSource } from "../../../python/lib/source-text.js";
import { freeName } from "../../lib/test-names.js";

/** Tests in which other functions have taken the place of some. */
export interface SplitTests {
  readonly response: string;
  /** Name of a test that is gone, to the test functions that stand in its place. */
  readonly parts: ReadonlyMap<string, readonly Part[]>;
}

/** A test function that stands in the place of a part of another test. */
export interface Part {
  readonly name: string;
  readonly code: string;
}

/** The tests with one function a behaviour, where a test checks several that share nothing. */
export function oneBehaviourATest(response: string): SplitTests {
  return withParts(
    response,
    (segments) => {
      const bodies = segments.flatMap(({ setUp, assertions }) =>
        setUp.length === 0 ? assertions.map((assertion) => [assertion]) : [[...setUp, ...assertions]],
      );
      return bodies.length > 1 ? bodies : [];
    },
    "instead",
  );
}

/**
 * The tests, and below them one function an assertion, of those of which several look at what was made once: for
 * measuring.
 */
export function withEachAssertion(response: string): SplitTests {
  return withParts(
    response,
    ([segment, ...others]) =>
      segment !== undefined && others.length === 0 && segment.setUp.length > 0 && segment.assertions.length > 1
        ? segment.assertions.map((assertion) => [...segment.setUp, assertion])
        : [],
    "below",
  );
}

/** A test with some of its assertions, by their places. */
export function withAssertions(code: string, wanted: readonly number[]): string {
  const { module } = parseModule(code);
  const [definition] = module.definitions;
  const [segment] = (definition === undefined ? null : segmentsOf(definition.node)) ?? [];
  if (definition === undefined || segment === undefined) return code;
  return testFunction(definition.name, [
    ...segment.setUp,
    ...segment.assertions.filter((_, index) => wanted.includes(index)),
  ]);
}

/** The text with other code in the place of test functions, by their names. */
export function replaced(response: string, codes: ReadonlyMap<string, string>): string {
  const { module } = parseModule(response);
  return withCode(
    module,
    plainTests(module).flatMap(({ name, definition }) => {
      const code = codes.get(name);
      return code === undefined ? [] : [{ definition, code }];
    }),
  );
}

/** The text with other code in the place of definitions, which come in file order. */
export function withCode(
  { text }: PythonModule,
  changes: readonly { readonly definition: Definition; readonly code: string }[],
): string {
  return changes.toReversed().reduce((changed, { definition: { node }, code }) => {
    const end = node.startIndex + statementSource(text, node).length;
    return changed.slice(0, node.startIndex) + code + changed.slice(end);
  }, text);
}

/** Test functions of the file's own level, without decorators, in file order; a name may be taken twice. */
export function plainTests({ text, definitions }: PythonModule): (Part & { readonly definition: Definition })[] {
  return definitions
    .filter(
      ({ kind, name, parent, conditional, decorators }) =>
        kind === "function" && name.startsWith("test") && parent === null && !conditional && decorators.length === 0,
    )
    .map((definition) => ({ name: definition.name, code: statementSource(text, definition.node), definition }));
}

function withParts(
  response: string,
  bodiesOf: (segments: readonly Segment[]) => string[][],
  place: "instead" | "below",
): SplitTests {
  const { module } = parseModule(response);
  const taken = new Set(module.statements.flatMap(({ binds }) => [...binds]));
  const parts = new Map<string, Part[]>();
  const tests = plainTests(module);
  for (const { name: test, definition } of tests) {
    // Of two tests of one name, one never runs.
    if (tests.filter(({ name }) => name === test).length > 1) continue;
    const bodies = bodiesOf(segmentsOf(definition.node) ?? []);
    if (bodies.length === 0) continue;
    parts.set(
      test,
      bodies.map((body, index) => {
        const name = freeName(`${test}_${index + 1}`, taken);
        return { name, code: testFunction(name, body) };
      }),
    );
  }
  const codes = new Map([...parts].map(([name, own]) => [name, own.map(({ code }) => code).join("\n\n\n")]));
  return {
    response: place === "instead" ? replaced(response, codes) : [response, ...codes.values()].join("\n\n\n"),
    parts,
  };
}
