import { testFile } from "../../../python/lib/pytest-file.js";
import { NeedsOfModule } from "../../../python/lib/needs.js";
import { parseModule } from "../../../python/lib/parse-module.js";
import type { Rule } from "./fix.js";

/**
 * Imports names that the tests use and nothing gives them: pytest, the standard library's, and those of the target's
 * module.
 */
export const missingImport: Rule = {
  name: "import",
  isFor: ({ reason }) => reason === "name",

  async mend({ response, preamble, target, publicNames }) {
    const unknown = unknownNames(testFile(preamble, response));
    const ofModule = unknown.length === 0 ? new Set<string>() : await publicNames();
    const lines = unknown.flatMap((name) => {
      // What the target's own module calls by this name comes first.
      const line = ofModule.has(name) ? `from ${target.module} import ${name}` : standardImport(name);
      return line === null ? [] : [line];
    });
    return lines.length === 0 ? null : `${lines.toSorted().join("\n")}\n\n\n${response}`;
  },
};

/** Names that a file uses without defining or importing them, each once. */
function unknownNames(code: string): string[] {
  const { module } = parseModule(code);
  const names = new NeedsOfModule(module, { module: "", isPackage: false });
  return [...new Set(module.statements.flatMap(({ needs }) => [...needs]))].filter((name) => !names.knows(name));
}

function standardImport(name: string): string | null {
  if (modules.has(name)) return `import ${name}`;
  const [module] = Object.entries(members).find(([, names]) => names.split(" ").includes(name)) ?? [];
  return module === undefined ? null : `from ${module} import ${name}`;
}

/** Modules that tests use by their name, where that name can hardly mean anything else. */
const modules: ReadonlySet<string> = new Set([
  "abc",
  "argparse",
  "ast",
  "asyncio",
  "base64",
  "bisect",
  "builtins",
  "cmath",
  "collections",
  "contextlib",
  "copy",
  "csv",
  "datetime",
  "decimal",
  "enum",
  "fractions",
  "functools",
  "gc",
  "hashlib",
  "heapq",
  "inspect",
  "io",
  "itertools",
  "json",
  "logging",
  "math",
  "operator",
  "os",
  "pathlib",
  "pickle",
  "platform",
  "pytest",
  "random",
  "re",
  "shutil",
  "statistics",
  "string",
  "struct",
  "sys",
  "tempfile",
  "textwrap",
  "threading",
  "time",
  "types",
  "typing",
  "unicodedata",
  "unittest",
  "uuid",
  "warnings",
  "weakref",
  "zlib",
]);

/** Names of the standard library that are imported by themselves. */
const members: Readonly<Record<string, string>> = {
  collections: "ChainMap Counter OrderedDict UserDict UserList UserString defaultdict deque namedtuple",
  "collections.abc": "Callable Generator Hashable Iterable Iterator Mapping MutableMapping Sequence",
  contextlib: "contextmanager nullcontext redirect_stdout suppress",
  copy: "deepcopy",
  dataclasses: "dataclass",
  datetime: "timedelta timezone",
  decimal: "Decimal",
  enum: "Enum IntEnum",
  fractions: "Fraction",
  functools: "cached_property lru_cache partial reduce wraps",
  io: "BytesIO StringIO",
  pathlib: "Path PurePath",
  types: "MappingProxyType SimpleNamespace",
  typing: "Any NamedTuple Optional Union",
  "unittest.mock": "AsyncMock MagicMock Mock patch",
};
