import type { Statement } from "../../python/lib/module.js";
import { parseModule } from "../../python/lib/parse-module.js";
import { dedentedSource } from "../../python/lib/source-text.js";
import { freeName } from "./test-names.js";

/**
 * The tests with more tests below them. What stands there already is not repeated, and a test whose name is taken gets
 * another one: it would put the first out of its place. null where nothing new is left, or where what is new would
 * change a helper that the first tests use.
 */
export function joinTests(first: string, more: string): string | null {
  const { module: before } = parseModule(first);
  const { module: after } = parseModule(more);
  const there = new Set(before.statements.map(({ node }) => normalised(node.text)));
  const taken = new Set(before.statements.flatMap(({ binds }) => [...binds]));
  const added = after.statements.filter(({ node }) => !there.has(normalised(node.text)));
  if (!added.some(isTest)) return null;
  const sources: string[] = [];
  for (const statement of added) {
    const source = dedentedSource(after.text, statement.node);
    const clashing = [...statement.binds].filter((name) => taken.has(name));
    if (clashing.length > 0 && !isTest(statement)) return null;
    sources.push(clashing.reduce((text, name) => renamed(text, name, taken), source));
    for (const name of statement.binds) taken.add(name);
  }
  return [first.trim(), ...sources].join("\n\n\n");
}

function isTest({ binds, hasDefinition }: Statement): boolean {
  return hasDefinition && [...binds].some((name) => /^test/iu.test(name));
}

function renamed(source: string, name: string, taken: Set<string>): string {
  const free = freeName(name, taken);
  return source.replace(new RegExp(String.raw`^((?:async\s+)?(?:def|class)\s+)${name}\b`, "mu"), `$1${free}`);
}

function normalised(text: string): string {
  return text.replaceAll(/\s+/gu, " ").trim();
}
