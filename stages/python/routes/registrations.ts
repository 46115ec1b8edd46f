import { reason } from "../../../pipeline/contract/reasons.js";
import { lastName } from "../lib/dotted-name.js";
import { asgiEntries, listedEntries } from "./asgi.js";
import { flaskEntries } from "./flask.js";
import { unclearAt, type UnclearRoute } from "./found.js";
import type { Project } from "./project.js";
import { type Registration, type Router, shortened } from "./router.js";
import type { Defined } from "./scope.js";
import { keyOf, type MadeObject } from "./values.js";

/** All routers of a project, with what is registered on each. */
export function readRouters(project: Project): {
  readonly routers: readonly Router[];
  readonly unclear: readonly UnclearRoute[];
} {
  const routers = new Map<string, Router>();
  const unclear: UnclearRoute[] = [];
  const routerOf = (made: MadeObject): Router | null => {
    const maker = makers[`${made.made.split(".", 1)[0] ?? ""}.${lastName(made.made)}`];
    if (maker === undefined) return null;
    const key = keyOf({ node: made.call, scope: made.scope });
    const known = routers.get(key);
    if (known !== undefined) return known;
    const router: Router = { ...maker, made, entries: [] };
    routers.set(key, router);
    if (maker.framework !== "flask") router.entries.push(...listedEntries(router, project, routerOf));
    return router;
  };

  for (const scope of project.scopes()) {
    for (const { node } of scope.calls)
      for (const value of project.resolve({ node, scope })) if (value.type === "object") routerOf(value);
    for (const defined of scope.functions) {
      for (const decorator of defined.decorators) {
        const node = decorator.namedChild(0);
        if (node?.type === "call") register({ node, scope, isBranch: defined.isBranch }, defined);
      }
    }
    for (const call of scope.calls) register({ ...call, scope }, null);
  }
  return { routers: [...routers.values()], unclear };

  function register(at: Registration["at"], decorated: Defined | null): void {
    const callee = at.node.childForFieldName("function");
    const [on, verb] = [callee?.childForFieldName("object"), callee?.childForFieldName("attribute")?.text];
    if (callee?.type !== "attribute" || !on || verb === undefined || !registers.has(verb)) return;
    const values = project.resolve({ node: on, scope: at.scope });
    const receivers = values
      .flatMap((value) => (value.type === "object" ? [routerOf(value)] : []))
      .filter((router) => router !== null);
    const entries = receivers.flatMap((router) => {
      const registration = { project, router, verb, at, decorated, routerOf };
      const own = router.framework === "flask" ? flaskEntries(registration) : asgiEntries(registration);
      router.entries.push(...own);
      return own;
    });
    if (
      entries.length === 0 &&
      isRegistration(at, { decorated, isReceiverKnown: values.length > 0, isRouter: receivers.length > 0 })
    ) {
      const why =
        receivers.length > 0
          ? reason("unknown-include", "what is included cannot be told")
          : reason("unknown-router", `the router cannot be told: ${shortened(on.text)}`);
      unclear.push(unclearAt(at, at.node.text, decorated, why));
    }
  }
}

/** What makes routers, by the top-level package and the last name: fastapi.applications.FastAPI is fastapi.FastAPI. */
const makers: Readonly<Record<string, Pick<Router, "framework" | "isApplication">>> = {
  "fastapi.FastAPI": { framework: "fastapi", isApplication: true },
  "fastapi.APIRouter": { framework: "fastapi", isApplication: false },
  "starlette.Starlette": { framework: "starlette", isApplication: true },
  "starlette.Router": { framework: "starlette", isApplication: false },
  "flask.Flask": { framework: "flask", isApplication: true },
  "flask.Blueprint": { framework: "flask", isApplication: false },
};

const registers = new Set([
  "get",
  "post",
  "put",
  "patch",
  "delete",
  "head",
  "options",
  "trace",
  "route",
  "api_route",
  "add_api_route",
  "add_route",
  "add_url_rule",
  "include_router",
  "register_blueprint",
  "mount",
]);

/** Whether something that was not understood is about routes: `get` and `mount` are words of many others. */
function isRegistration(
  { node }: Registration["at"],
  {
    decorated,
    isReceiverKnown,
    isRouter,
  }: { readonly decorated: Defined | null; readonly isReceiverKnown: boolean; readonly isRouter: boolean },
): boolean {
  const verb = node.childForFieldName("function")?.childForFieldName("attribute")?.text ?? "";
  if (/^(?:include_router|register_blueprint)$/u.test(verb)) return isRouter || !isReceiverKnown;
  if (/^(?:add_api_route|add_url_rule)$/u.test(verb)) return !isReceiverKnown;
  return (
    decorated !== null && !isReceiverKnown && /^\(\s*[rf]?["']\//u.test(node.childForFieldName("arguments")?.text ?? "")
  );
}
