import { parametersOf } from "../lib/parameters.js";
import type { Project } from "./project.js";
import type { Router } from "./router.js";
import type { Scope } from "./scope.js";
import { keyOf, type MadeObject, type Value } from "./values.js";

/**
 * Where a test can import an application from: `shop.main:app`, or `shop.main:create_app()` where only a function
 * makes it. Its own module comes first, and then those at the top, which servers are told of. null where neither is.
 */
export function applicationName({ made }: Pick<Router, "made">, project: Project): string | null {
  const depth = ({ in: { name } }: Scope) => name.split(".").length;
  const modules = project
    .scopes()
    .filter(({ kind }) => kind === "module")
    .toSorted((a, b) => Number(isOwn(b, made)) - Number(isOwn(a, made)) || depth(a) - depth(b));
  for (const nameIn of [variableIn, factoryIn]) {
    for (const module of modules) {
      const name = nameIn(module, made, project);
      if (name !== null) return `${module.in.name}:${name}`;
    }
  }
  return null;
}

function isOwn(module: Scope, { scope }: MadeObject): boolean {
  return module.in === scope.in;
}

function variableIn(module: Scope, made: MadeObject, project: Project): string | null {
  const [name] =
    [...module.bindings].find(([, bindings]) =>
      bindings.some(
        (binding) =>
          binding.type === "value" &&
          !binding.isBranch &&
          isAmong(made, project.resolve({ node: binding.node, scope: module })),
      ),
    ) ?? [];
  return name ?? null;
}

/** A function without parameters that have to be given. */
function factoryIn(module: Scope, made: MadeObject, project: Project): string | null {
  const factory = module.functions.find(
    (defined) =>
      !defined.isBranch &&
      isAmong(made, project.returned(defined)) &&
      parametersOf(defined.node).every(({ kind, default: value }) => value !== null || kind.startsWith("var-")),
  );
  return factory === undefined ? null : `${factory.name}()`;
}

function isAmong({ call, scope }: MadeObject, values: readonly Value[]): boolean {
  const key = keyOf({ node: call, scope });
  return values.some((value) => value.type === "object" && keyOf({ node: value.call, scope: value.scope }) === key);
}
