import { addTo } from "../../../pipeline/system/group-by.js";
import type { DoctestExample } from "../../python/lib/doctest.js";
import { parseModule } from "../../python/lib/parse-module.js";

/** An example with the names that it takes and gives. */
export interface Step {
  readonly example: DoctestExample;
  /** Its place among the examples of the docstring. */
  readonly position: number;
  readonly needs: ReadonlySet<string>;
  readonly binds: ReadonlySet<string>;
  /** An import or a definition: it may stand in several tests. */
  readonly isSetup: boolean;
}

/** Examples that belong in one test, in the order in which they run. */
export interface Block {
  readonly steps: readonly Step[];
  /** Names that it takes from around it. */
  readonly needs: ReadonlySet<string>;
  readonly binds: ReadonlySet<string>;
}

/**
 * Splits the examples of a docstring into tests: paragraphs, joined where one goes on with the variables of another.
 */
export function blocksOf(examples: readonly DoctestExample[]): Block[] {
  const groups: Step[][] = [];
  for (const paragraph of paragraphsOf(examples.map(readStep))) join(groups, paragraph);
  return groups.map((steps) => makeBlock(steps.toSorted((a, b) => a.position - b.position)));
}

function paragraphsOf(steps: readonly Step[]): Step[][] {
  const paragraphs = new Map<number, Step[]>();
  for (const step of steps) {
    const { paragraph } = step.example;
    addTo(paragraphs, paragraph, step);
  }
  return [...paragraphs.values()];
}

/**
 * Adds a paragraph to the groups: to those whose variables it uses, which become one with it, or as a group of its own.
 * Imports and definitions are copied instead, so that tests stay small. The group that was added to last stands last.
 */
function join(groups: Step[][], paragraph: readonly Step[]): void {
  const used = new Set<Step[]>();
  const joined = new Set(paragraph);
  const seen = new Set<string>();
  const queue = [...makeBlock(paragraph).needs];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    const group = groups.findLast((steps) => steps.some(({ binds }) => binds.has(name)));
    if (group === undefined) continue;
    const binders = group.filter(({ binds }) => binds.has(name));
    if (isTouched(name, group) || !binders.every(({ isSetup }) => isSetup)) {
      used.add(group);
    } else {
      for (const binder of binders) {
        joined.add(binder);
        queue.push(...binder.needs);
      }
    }
  }
  for (const group of used) for (const step of group) joined.add(step);
  groups.splice(0, groups.length, ...groups.filter((group) => !used.has(group)), [...joined]);
}

/**
 * Whether an example without output uses the name: it may have changed what the name stands for, as `random.seed(1)`
 * does.
 */
function isTouched(name: string, group: readonly Step[]): boolean {
  return group.some(
    ({ example, needs, isSetup, binds }) => !isSetup && binds.size === 0 && example.want === "" && needs.has(name),
  );
}

/** What examples need and give when they run in this order. */
export function makeBlock(steps: readonly Step[]): Block {
  const needs = new Set<string>();
  const binds = new Set<string>();
  for (const step of steps) {
    for (const name of step.needs) if (!binds.has(name)) needs.add(name);
    for (const name of step.binds) binds.add(name);
  }
  return { steps, needs, binds };
}

function readStep(example: DoctestExample, position: number): Step {
  const { statements } = parseModule(example.source).module;
  const isSetup =
    example.want === "" &&
    statements.length > 0 &&
    statements.every(
      ({ node, imports }) => imports.length > 0 || /^(?:function|class|decorated)_definition$/u.test(node.type),
    );
  return {
    example,
    position,
    needs: new Set(statements.flatMap(({ needs }) => [...needs])),
    binds: new Set(statements.flatMap(({ binds }) => [...binds])),
    isSetup,
  };
}
