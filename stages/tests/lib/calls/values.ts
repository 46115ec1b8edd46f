import type { Parameter } from "../../../python/lib/records.js";

/**
 * Values to call a function with for the first time, as Python source text, likeliest first: from the annotation, else
 * from the name. Empty where nothing can be said of the parameter.
 */
export function firstValues({ name, annotation }: Parameter): readonly string[] {
  return annotation === null ? byName(name) : ofType(parseType(annotation), name);
}

interface Type {
  /** Last part of a dotted name: Sequence of typing.Sequence. */
  readonly name: string;
  readonly of: readonly Type[];
  readonly text: string;
}

/** Of `X | None` and Optional[X], X alone is left: a function that answers None for None says little. */
function parseType(annotation: string): Type {
  const text = annotation.trim().replace(/^(["'])(.*)\1$/su, "$2");
  const alternatives = split(text, "|");
  if (alternatives.length > 1) return union(alternatives);
  const [, dotted = text, inside] = /^([\w.]+)\s*(?:\[(.*)\])?$/su.exec(text) ?? [];
  const name = dotted.split(".").at(-1) ?? dotted;
  const parts = inside === undefined ? [] : split(inside, ",");
  if (name === "Union" || name === "Optional") return union(parts);
  if (name === "Annotated") return parseType(parts[0] ?? "object");
  return {
    name,
    of: name === "Literal" ? parts.map((part) => ({ name: part, of: [], text: part })) : parts.map(parseType),
    text,
  };
}

function union(alternatives: readonly string[]): Type {
  return {
    name: "Union",
    of: alternatives.filter((part) => part !== "None").map(parseType),
    text: alternatives.join(" | "),
  };
}

/** Splits at separators that stand in no brackets. */
function split(text: string, separator: string): string[] {
  const parts = [""];
  let depth = 0;
  for (const character of text) {
    if ("[(".includes(character)) depth += 1;
    if ("])".includes(character)) depth -= 1;
    if (character === separator && depth === 0) parts.push("");
    else parts[parts.length - 1] += character;
  }
  return parts.map((part) => part.trim()).filter((part) => part !== "");
}

function isAnything(name: string): boolean {
  return /^(?:Any|object|Incomplete|_?[A-Z]|_?[A-Z]\w{0,2}|\w+T)$/u.test(name);
}

function ofType(type: Type, name: string): readonly string[] {
  if (isAnything(type.name)) return byName(name);
  switch (type.name) {
    case "Union":
      return type.of.flatMap((alternative) => ofType(alternative, name).slice(0, 1));
    case "int":
    case "Integral":
    case "SupportsIndex":
    case "SupportsInt":
      return [whole(name)];
    case "float":
    case "Number":
    case "Real":
    case "SupportsFloat":
      return ["2.5"];
    case "str":
    case "AnyStr":
    case "Text":
    case "LiteralString":
      return [words(name)];
    case "bytes":
    case "ReadableBuffer":
      return ["b'hello'"];
    case "bool":
      return ["True"];
    case "Literal":
      return type.of.slice(0, 1).map(({ text }) => text);
    case "list":
    case "List":
    case "Sequence":
    case "MutableSequence":
    case "Iterable":
    case "Iterator":
    case "Collection":
    case "Reversible":
      return several(type.of[0], name).map((items) => `[${items.join(", ")}]`);
    case "set":
    case "Set":
    case "AbstractSet":
    case "MutableSet":
      return several(type.of[0], name).map((items) => `{${items.join(", ")}}`);
    case "frozenset":
    case "FrozenSet":
      return several(type.of[0], name).map((items) => `frozenset({${items.join(", ")}})`);
    case "tuple":
    case "Tuple":
      return tuple(type, name);
    case "dict":
    case "Dict":
    case "Mapping":
    case "MutableMapping":
      return dictionary(type, name);
    case "Callable":
      return callable(type, name);
    default:
      return [];
  }
}

function several(item: Type | undefined, name: string): readonly (readonly string[])[] {
  if (item === undefined || isAnything(item.name))
    return /str|word|name|text|line/u.test(name) ? [texts] : [numbers, texts];
  switch (item.name) {
    case "int":
      return [numbers];
    case "float":
      return [["2.5", "0.5", "1.0"]];
    case "str":
      return [texts];
    case "bool":
      return [["True", "False", "True"]];
    default: {
      const [first] = ofType(item, name);
      return first === undefined ? [] : [[first, first]];
    }
  }
}

const numbers = ["3", "1", "2"];
const texts = ["'b'", "'a'", "'c'"];

function tuple({ of }: Type, name: string): readonly string[] {
  if (of.length === 0 || of[1]?.text === "...") return several(of[0], name).map((items) => `(${items.join(", ")})`);
  const items = of.map((item) => (isAnything(item.name) ? numbers : ofType(item, name))[0]);
  return items.includes(undefined) ? [] : [`(${items.join(", ")}${items.length === 1 ? "," : ""})`];
}

function dictionary({ of: [key, value] }: Type, name: string): readonly string[] {
  const keys = key?.name === "int" ? ["1", "2"] : ["'a'", "'b'"];
  const values = value === undefined ? [numbers] : several(value, name);
  return values.map(([first, second]) => `{${keys[0]}: ${first}, ${keys[1]}: ${second}}`);
}

function callable({ of: [parameters, result] }: Type, name: string): readonly string[] {
  if (result?.name === "bool") return ["lambda x: x > 1"];
  const arity =
    parameters === undefined || parameters.text === "..." ? null : split(parameters.text.slice(1, -1), ",").length;
  if (arity === 0) return ["lambda: 1"];
  if (arity === 2) return ["lambda a, b: a + b"];
  return arity === null || arity === 1 ? byName(/^(?:pred|key)/u.test(name) ? name : "func") : [];
}

/** Names that functions of many libraries share, and what they stand for. */
const conventions: readonly (readonly [pattern: RegExp, values: (name: string) => readonly string[]])[] = [
  [
    anyOf(
      /[nkijrmxyabc]|n_\w+|num(?:ber|_\w+)?|count|size|length|width|depth|index|idx|limit|maxsize|max_\w+|min_\w+/u,
      /start|stop|end|step|pos(?:ition)?|places|precision|digits|base|year|month|day|hours?|minutes?|seconds?/u,
      /\w+_(?:count|size|len|length|index|limit)/u,
    ),
    (name) => [whole(name)],
  ],
  [/^(?:ratio|factor|percent(?:age)?|fraction|rate|weight|tolerance|lat(?:itude)?|lon(?:gitude)?)$/u, () => ["2.5"]],
  [
    anyOf(
      /s|str(?:ing)?_?|text|txt|words?|name|phrase|sentence|line|title|label|prefix|suffix|sep(?:arator)?/u,
      /delim(?:iter)?|chars?|character|substr(?:ing)?|path|filename|msg|message|camel\w*|snake\w*/u,
      /\w+_(?:str(?:ing)?|text|name|word|prefix|suffix)/u,
    ),
    (name) => [words(name)],
  ],
  [
    /^(?:iterable|it|items|seq(?:uence)?|xs|values|arr(?:ay)?|lst|list_?|data|collection|elements|src|numbers|nums)$/u,
    () => ["[3, 1, 2]", "['b', 'a', 'c']", "[[1, 2], [3]]", "[('a', 1), ('b', 2)]"],
  ],
  [/^(?:iterables|lists|arrays|seqs|sequences)$/u, () => ["[[1, 2], [3, 4]]"]],
  [/^(?:pred(?:icate)?|cond(?:ition)?|test|where)$/u, () => ["lambda x: x > 1"]],
  [/^key(?:_?func)?$/u, () => ["lambda x: -x"]],
  [
    /^(?:f|fn|func|function|op|binop|mapper|callback|iteratee|selector|reducer|transform|\w+_(?:func|fn|function))$/u,
    () => ["lambda x: x * 2", "lambda a, b: a + b"],
  ],
  [/^(?:d|dct|dict_?|dictionary|mapping|map|record)$/u, () => ["{'a': 1, 'b': 2}"]],
  [/^(?:is_\w+|has_\w+|include_\w+|ignore_\w+|strict|reverse|sort(?:ed)?|deep|flag)$/u, () => ["True"]],
  [
    /^(?:value|val|obj(?:ect)?|item|elem(?:ent)?|default|fill(?:value)?|other|left|right)$/u,
    () => ["3", "'hello world'", "[3, 1, 2]", "{'a': 1, 'b': 2}"],
  ],
];

/** An expression for a whole name that one of these describes. */
function anyOf(...parts: readonly RegExp[]): RegExp {
  return new RegExp(`^(?:${parts.map(({ source }) => source).join("|")})$`, "u");
}

function byName(name: string): readonly string[] {
  return conventions.find(([pattern]) => pattern.test(name))?.[1](name) ?? [];
}

function whole(name: string): string {
  if (/index|idx|pos|^[ij]$|start|step/u.test(name)) return "1";
  if (/^base$/u.test(name)) return "10";
  if (/^year$/u.test(name)) return "2024";
  return /^(?:k|r|n|places|precision|digits|size|width|chunk_?size|b|y)$/u.test(name) ? "2" : "3";
}

function words(name: string): string {
  if (/sep|delim/u.test(name)) return "'-'";
  if (/prefix/u.test(name)) return "'he'";
  if (/suffix/u.test(name)) return "'ld'";
  if (name.startsWith("char")) return "'l'";
  if (/camel/u.test(name)) return "'helloWorld'";
  if (/snake|underscore/u.test(name)) return "'hello_world'";
  return /^word$/u.test(name) ? "'octopus'" : "'hello world'";
}
