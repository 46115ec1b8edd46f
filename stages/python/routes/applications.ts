import type { Route } from "../../../pipeline/contract/route.js";
import type { SourceFile } from "../../../pipeline/contract/records.js";
import type { RoutesOfProject } from "./found.js";

/** An application that can be imported, by the names that it may have: the likeliest first. */
export interface Importable {
  readonly framework: Route["framework"];
  /** As DiscoverRequest has it. */
  readonly names: readonly [string, ...string[]];
}

/** Most modules that are tried where the text does not say which one holds an application. */
const mostTries = 6;

/** The applications of a project, as far as the text tells where they are. */
export function importableOf(files: readonly SourceFile[], { applications }: RoutesOfProject): Importable[] {
  const named = applications.map(({ framework, name, module }): Importable =>
    name === null
      ? {
          framework,
          names: [module, ...likelyModules(files).filter((other) => other !== module)].slice(0, mostTries) as [
            string,
            ...string[],
          ],
        }
      : { framework, names: [name] },
  );
  const hidden = applications.length > 0 ? [] : hiddenApplication(files);
  return [...named, ...hidden, ...djangoProject(files)];
}

/** One that is made in a way that is not read: by a class of its own, or in a module that is found at run time. */
function hiddenApplication(files: readonly SourceFile[]): Importable[] {
  const making = files.filter(({ text }) => /\b(?:FastAPI|Starlette|Flask)\s*\(/u.test(text));
  const [first] = making;
  if (first === undefined) return [];
  const framework = /\bFlask\s*\(/u.test(first.text)
    ? "flask"
    : /\bFastAPI\s*\(/u.test(first.text)
      ? "fastapi"
      : "starlette";
  const [name, ...others] = [...new Set([...making.flatMap(({ module }) => module ?? []), ...likelyModules(files)])];
  return name === undefined ? [] : [{ framework, names: [name, ...others.slice(0, mostTries - 1)] }];
}

/** Modules by whose names servers are told where an application is. */
function likelyModules(files: readonly SourceFile[]): string[] {
  const names = files
    .flatMap(({ module }) => module ?? [])
    .filter((name) => /(?:^|\.)(?:asgi|wsgi|main|app|application|server|run|autoapp)$/u.test(name));
  return names.toSorted((a, b) => a.split(".").length - b.split(".").length);
}

/**
 * The settings that manage.py names, else those that a server's module names, else a module that names the root of the
 * URL patterns.
 */
function djangoProject(files: readonly SourceFile[]): Importable[] {
  const inOrder = files.toSorted((a, b) => Number(isManage(b)) - Number(isManage(a)));
  const named = inOrder.flatMap(({ text }) =>
    [...text.matchAll(/DJANGO_SETTINGS_MODULE["']\s*(?:,|\]\s*=)\s*["']([\w.]+)["']/gu)].map(([, name = ""]) => name),
  );
  const written = files.flatMap(({ module, text }) =>
    module !== null && /^\s*ROOT_URLCONF\s*=/mu.test(text) ? [module] : [],
  );
  const [name, ...others] = [...new Set([...named, ...written])];
  return name === undefined ? [] : [{ framework: "django", names: [name, ...others.slice(0, mostTries - 1)] }];
}

function isManage({ source }: SourceFile): boolean {
  return /(?:^|\/)manage\.py$/u.test(source?.path ?? "");
}

/**
 * Whether the text leaves something open that the running application knows: routes that cannot be told, or that are
 * registered in ways that are not read; settings without which it is not even imported.
 */
export function leavesOpen(files: readonly SourceFile[], { routes, unclear }: RoutesOfProject): boolean {
  return (
    unclear.length > 0 ||
    routes.length === 0 ||
    files.some(({ text }) => [...demandsSettings, ...registersElsewhere].some((sign) => sign.test(text)))
  );
}

/**
 * os.environ["X"]; pydantic's BaseSettings; python-decouple, django-environ, environs, starlette.config; Django's own
 * settings.
 */
const demandsSettings: readonly RegExp[] = [
  /\benviron\s*\[/u,
  /\bBaseSettings\b/u,
  /\b(?:config|env(?:\.\w+)?|getenv|environ\.get)\s*\(\s*["'][A-Z]/u,
  /\bROOT_URLCONF\b|DJANGO_SETTINGS_MODULE/u,
];

/** Flask-RESTful and its kin, and Flask-Admin; routers of Django REST framework; fastapi-users; routes on classes. */
const registersElsewhere: readonly RegExp[] = [
  /\.add_(?:resource|namespace|view)\s*\(/u,
  /\b(?:DefaultRouter|SimpleRouter|FlaskView)\b/u,
  /\.get_\w+_router\s*\(/u,
  /@\w+\.route\s*\([^\n]*\)\s*\n\s*class\b/u,
];
