import { type Reason, reason } from "../../../pipeline/contract/reasons.js";
import { lastName } from "../lib/dotted-name.js";
import type { FoundRoute, RoutesOfProject, UnclearRoute } from "./found.js";
import { handledBy, methodsIn } from "./handlers.js";
import type { Project } from "./project.js";
import { type Handled, shortened } from "./router.js";
import type { Defined, ModuleFile, Scope } from "./scope.js";
import { argumentsOf, type Expression, type MadeObject } from "./values.js";

/**
 * The URL patterns of a Django project, from those that its settings name as ROOT_URLCONF, else from those that no
 * others include. Tests need a configured project, so no application is named.
 */
export function djangoRoutes(project: Project): Pick<RoutesOfProject, "routes" | "unclear"> {
  const walk = new PatternWalk(project);
  const roots = rootModules(project);
  for (const module of roots) walk.module(module, { base: "/", files: [] });
  return walk;
}

function rootModules(project: Project): string[] {
  const modules = project.scopes().filter(({ kind }) => kind === "module");
  const configured = modules
    .filter(({ bindings }) => bindings.has("ROOT_URLCONF"))
    .flatMap(({ in: { name } }) => project.exported(name, "ROOT_URLCONF"))
    .flatMap((value) => (value.type === "text" ? [value.text] : []));
  const known = [...new Set(configured)].filter((name) => project.module(name) !== undefined);
  if (known.length > 0) return known;
  const withPatterns = modules.filter(({ bindings }) => bindings.has("urlpatterns")).map(({ in: { name } }) => name);
  const included = new Set(
    project.scopes().flatMap((scope) => scope.calls.flatMap(({ node }) => includedModules(project, { node, scope }))),
  );
  return withPatterns.filter((name) => !included.has(name));
}

/** `include("shop.urls")`, `include(urls)` */
function includedModules(project: Project, expression: Expression): string[] {
  return project.resolve(expression).flatMap((value) => {
    if (value.type !== "object" || !isDjango(value, "include")) return [];
    const [what] = argumentsOf(value.call).positional;
    return what === undefined
      ? []
      : project
          .resolve({ node: what, scope: value.scope })
          .flatMap((inner) => (inner.type === "text" ? [inner.text] : inner.type === "module" ? [inner.name] : []));
  });
}

function isPattern(made: MadeObject): boolean {
  return isDjango(made, "path", "re_path", "url");
}

function isDjango({ made }: MadeObject, ...names: readonly string[]): boolean {
  return made.startsWith("django.") && names.includes(lastName(made));
}

/**
 * What a module's `urlpatterns` is put together from, in order: what it is set to, and what `+=`, `extend`, `append`
 * and `insert` add to it. Empty where the module sets nothing.
 */
function partsOf(scope: Scope): { readonly node: Expression["node"]; readonly isBranch: boolean }[] {
  const bindings = scope.bindings.get("urlpatterns") ?? [];
  const written = bindings.flatMap((binding) => {
    if (binding.type !== "value" && binding.type !== "more") return [];
    const isExtended = binding.type === "value" && /\burlpatterns\b/u.test(binding.node.text);
    return [{ ...binding, isWhole: binding.type === "value" && !isExtended }];
  });
  const added = scope.calls.flatMap(({ node, isBranch }) => {
    const [, method] =
      /^urlpatterns\.(extend|append|insert)$/u.exec(node.childForFieldName("function")?.text ?? "") ?? [];
    const item = argumentsOf(node).positional[method === "insert" ? 1 : 0];
    return method === undefined || item === undefined
      ? []
      : [{ node: item, at: node.startIndex, isBranch, isWhole: false }];
  });
  const parts = [...written, ...added].toSorted((a, b) => a.at - b.at);
  const first = Math.max(
    0,
    parts.findLastIndex(({ isWhole, isBranch }) => isWhole && !isBranch),
  );
  return parts.slice(first);
}

interface Way {
  readonly base: string;
  /** Those that have led here, outermost last. */
  readonly files: readonly ModuleFile[];
}

class PatternWalk implements Pick<RoutesOfProject, "routes" | "unclear"> {
  readonly routes: FoundRoute[] = [];
  readonly unclear: UnclearRoute[] = [];
  readonly #project: Project;

  constructor(project: Project) {
    this.#project = project;
  }

  module(name: string, way: Way): void {
    const scope = this.#project.module(name);
    if (scope === undefined || way.files.includes(scope.in)) return;
    const files = [scope.in, ...way.files];
    const parts = partsOf(scope);
    if (parts.length === 0) return this.#imported(scope, { ...way, files });
    for (const { node, isBranch } of parts) {
      // What is added in a branch is told apart from the list that it is added to.
      if (isBranch) this.#inBranch({ node, scope });
      else this.#list({ node, scope }, { ...way, files });
    }
  }

  /** `from shop.api_urls import urlpatterns` */
  #imported({ in: file }: Scope, way: Way): void {
    const [patterns, ...others] = this.#project.exported(file.name, "urlpatterns");
    if (patterns?.type === "list" && others.length === 0) this.#patterns(patterns.items, way);
    else
      this.unclear.push({
        file,
        part: { line: 1, path: "urlpatterns" },
        reason: reason("computed-patterns", "computed: urlpatterns is no list of patterns"),
        handler: null,
      });
  }

  /** A list of patterns, lists that are added to each other, and what Django's own functions make of a list. */
  #list(list: Expression, way: Way): void {
    if (list.node.type === "parenthesized_expression" && list.node.namedChild(0) !== null) {
      return this.#list({ ...list, node: list.node.namedChild(0) as Expression["node"] }, way);
    }
    if (list.node.type === "binary_operator" && list.node.childForFieldName("operator")?.text === "+") {
      for (const side of [list.node.childForFieldName("left"), list.node.childForFieldName("right")]) {
        if (side !== null) this.#list({ node: side, scope: list.scope }, way);
      }
      return;
    }
    // `urlpatterns = urlpatterns + more`: what it was before has been read.
    if (list.node.type === "identifier" && list.node.text === "urlpatterns") return;
    const items = this.#project.items(list);
    if (items !== null) return this.#patterns(items, way);
    const [value] = this.#project.resolve(list);
    if (value?.type === "object" && isPattern(value)) return this.#pattern(value, way);
    // files, which Django serves itself
    if (value?.type === "object" && isDjango(value, "static", "staticfiles_urlpatterns")) return;
    if (value?.type === "object" && isDjango(value, "i18n_patterns")) {
      return this.#note(list, reason("computed-path", "computed path: it begins with the language that is asked for"));
    }
    const isFormat = value?.type === "object" && lastName(value.made) === "format_suffix_patterns";
    const [inner] = isFormat ? argumentsOf(value.call).positional : [];
    if (inner !== undefined && inner.text !== "urlpatterns") return this.#list({ node: inner, scope: list.scope }, way);
    if (inner === undefined)
      this.#note(
        list,
        reason("computed-patterns", `computed: these patterns cannot be told: ${shortened(list.node.text)}`),
      );
  }

  #inBranch(list: Expression): void {
    const [value] = this.#project.resolve(list);
    if (value?.type === "object" && isDjango(value, "static", "staticfiles_urlpatterns")) return;
    const why = reason(
      "registered-in-a-branch",
      "registered in a branch: whether it is served is known only at run time",
    );
    for (const item of this.#project.items(list) ?? [list]) this.#note(item, why);
  }

  #patterns(items: readonly Expression[], way: Way): void {
    for (const item of items) {
      const [value] = this.#project.resolve(item);
      if (value?.type === "object" && isPattern(value)) this.#pattern(value, way);
      else if (item.node.type === "list_splat")
        this.#list({ ...item, node: item.node.namedChild(0) ?? item.node }, way);
      else this.#note(item, reason("computed-pattern", "computed: this pattern cannot be told"));
    }
  }

  #pattern(made: MadeObject, way: Way): void {
    const { positional, named } = argumentsOf(made.call);
    const [route, view] = [named.get("route") ?? positional[0], named.get("view") ?? positional[1]];
    if (route === undefined || view === undefined) return;
    const text = this.#project.text({ node: route, scope: made.scope });
    const below = text === null ? null : lastName(made.made) === "path" ? text : fromRegularExpression(text);
    const place = { node: made.call, scope: made.scope };
    if (below === null) {
      const why =
        text === null
          ? reason("computed-path", `computed path: ${shortened(route.text)}`)
          : reason("many-paths", "a regular expression that stands for no one path");
      return this.#note(place, why);
    }
    this.#view({ node: view, scope: made.scope }, place, { ...way, base: way.base + below });
  }

  #view(view: Expression, place: Expression, way: Way): void {
    const [value] = this.#project.resolve(view);
    if (value?.type === "object" && isDjango(value, "include")) return this.#include(value, way);
    const { positional } = view.node.type === "call" ? argumentsOf(view.node) : { positional: [] };
    // The administration and the like are Django's own.
    if (value?.type === "external" || (value?.type === "object" && positional.length === 0)) return;
    const handled = handledBy(this.#project, view, null);
    if ("unknown" in handled) return this.#note(place, handled.unknown);
    for (const { method, handler } of handled.flatMap((each) => methodsOf(each, this.#project))) {
      const files = [...new Set([handler.scope.in, ...way.files])];
      this.routes.push({ framework: "django", method, path: way.base, application: null, handler, files });
    }
  }

  #include(made: MadeObject, way: Way): void {
    const [what] = argumentsOf(made.call).positional;
    if (what === undefined) return;
    const [value] = this.#project.resolve({ node: what, scope: made.scope });
    if (value?.type === "text" && this.#project.module(value.text) === undefined) return; // another package's
    if (value?.type === "text") return this.module(value.text, way);
    if (value?.type === "module") return this.module(value.name, way);
    if (value?.type === "list") {
      // (patterns, "name of the application")
      const [first] = value.items;
      const inner = first === undefined ? null : this.#project.items(first);
      return this.#patterns(inner ?? value.items, way);
    }
    if (value?.type !== "external")
      this.#note(
        { node: made.call, scope: made.scope },
        reason("unknown-include", `what is included cannot be told: ${shortened(what.text)}`),
      );
  }

  #note({ node, scope }: Expression, why: Reason): void {
    this.unclear.push({
      file: scope.in,
      part: { line: node.startPosition.row + 1, path: shortened(node.text) },
      reason: why,
      handler: null,
    });
  }
}

function methodsOf({ method, handler }: Handled, project: Project): Handled[] {
  if (handler.scope.parent?.kind === "class") return [{ method, handler }];
  return methodsOfFunction(handler, project).map((name) => ({ method: name, handler }));
}

/** A view that is a function answers every method that nothing forbids: those that it names, and GET. */
export function methodsOfFunction(handler: Defined, project: Project): string[] {
  const allowed = handler.decorators.flatMap((decorator) => allowedBy(decorator.namedChild(0), handler, project));
  const compared = [...handler.node.text.matchAll(/\.method\s*==\s*["']([A-Z]+)["']/gu)].map(([, name = ""]) => name);
  return [...new Set(allowed.length > 0 ? allowed : ["GET", ...compared])];
}

/** The methods that a decorator leaves: `@require_POST`, `@require_http_methods(["GET"])`, `@api_view(["POST"])`. */
function allowedBy(
  node: Expression["node"] | null,
  { scope: { parent } }: Defined,
  project: Project,
): readonly string[] {
  if (node === null || parent === null) return [];
  const name = lastName((node.childForFieldName("function") ?? node).text);
  const fixed: Readonly<Record<string, readonly string[]>> = {
    require_GET: ["GET"],
    require_POST: ["POST"],
    require_safe: ["GET", "HEAD"],
  };
  if (node.type !== "call") return fixed[name] ?? [];
  const [list] = argumentsOf(node).positional;
  if (list === undefined || (name !== "require_http_methods" && name !== "api_view")) return [];
  const methods = methodsIn(project, { node: list, scope: parent });
  return methods === null || "unknown" in methods ? [] : methods;
}

/** `^articles/(?P<year>[0-9]{4})/$` as `articles/<year>/`; null where more than names varies. */
function fromRegularExpression(pattern: string): string | null {
  const path = pattern
    .replace(/^\^/u, "")
    .replace(/\$$/u, "")
    .replaceAll(/\(\?P<(\w+)>(?:[^()[\]]|\[[^\]]*\])*\)/gu, "<$1>")
    .replaceAll(/\\([./-])/gu, "$1");
  return /[()[\]*+?|^$\\]/u.test(path) ? null : path;
}
