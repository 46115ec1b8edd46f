/** Whether a text is one of a GBNF grammar, as far as grammars are written here: read by the book, and slow. */
export function accepts(grammar: string, text: string): boolean {
  const rules = new Map(
    grammar.split("\n").map((line): [string, Node] => {
      const [, name = "", body = ""] = /^([a-z0-9-]+) ::= ?(.*)$/u.exec(line) ?? [];
      return [name, new Reader(body).alternatives()];
    }),
  );
  const characters = Array.from(text);
  return endsOf({ rule: "root" }, 0, { rules, characters }).has(characters.length);
}

type Node =
  | { readonly rule: string }
  | { readonly character: (code: number) => boolean }
  | { readonly sequence: readonly Node[] }
  | { readonly either: readonly Node[] }
  | { readonly part: Node; readonly least: number; readonly most: number };

interface Given {
  readonly rules: ReadonlyMap<string, Node>;
  readonly characters: readonly string[];
}

/** Places where a part that begins at this one may end. */
function endsOf(node: Node, at: number, given: Given): Set<number> {
  if ("rule" in node) {
    const body = given.rules.get(node.rule);
    if (body === undefined) throw new Error(`no rule ${node.rule}`);
    return endsOf(body, at, given);
  }
  if ("character" in node) {
    const code = given.characters[at]?.codePointAt(0);
    return new Set(code !== undefined && node.character(code) ? [at + 1] : []);
  }
  if ("either" in node) return new Set(node.either.flatMap((each) => [...endsOf(each, at, given)]));
  if ("sequence" in node)
    return node.sequence.reduce(
      (places, part) => new Set([...places].flatMap((place) => [...endsOf(part, place, given)])),
      new Set([at]),
    );
  const ends = new Set(node.least === 0 ? [at] : []);
  let places = new Set([at]);
  for (let times = 1; times <= node.most && places.size > 0; times += 1) {
    places = new Set([...places].flatMap((place) => [...endsOf(node.part, place, given)]));
    if (times < node.least) continue;
    places = new Set([...places].filter((place) => !ends.has(place)));
    for (const place of places) ends.add(place);
  }
  return ends;
}

class Reader {
  #at = 0;

  constructor(private readonly body: string) {}

  alternatives(): Node {
    const either = [this.#sequence()];
    while (this.#takes(/\|/y) !== null) either.push(this.#sequence());
    return { either };
  }

  #sequence(): Node {
    const sequence: Node[] = [];
    for (let part = this.#part(); part !== null; part = this.#part()) {
      const [sign, least = "", most = ""] = this.#takes(/[*+?]|\{(\d+)(,?\d*)\}/y) ?? [];
      if (sign === undefined) sequence.push(part);
      else if (sign === "*" || sign === "+") sequence.push({ part, least: sign === "*" ? 0 : 1, most: Infinity });
      else if (sign === "?") sequence.push({ part, least: 0, most: 1 });
      else {
        const last = most === "" ? Number(least) : most === "," ? Infinity : Number(most.slice(1));
        sequence.push({ part, least: Number(least), most: last });
      }
    }
    return { sequence };
  }

  #part(): Node | null {
    const [, text] = this.#takes(/"((?:[^"\\]|\\.)*)"/y) ?? [];
    if (text !== undefined) return { sequence: codes(text).map((code) => ({ character: (other) => other === code })) };
    const [, not = "", set] = this.#takes(/\[(\^?)((?:[^\]\\]|\\.)*)\]/y) ?? [];
    if (set !== undefined) {
      const ranges = set.match(new RegExp(`${one}(?:-${one})?`, "gu")) ?? [];
      const bounds = ranges.map((range) => {
        const ends = new RegExp(`^(${one})(?:-(${one}))?$`, "u").exec(range) ?? [];
        const [from = 0, to = from] = codes(`${ends[1] ?? ""}${ends[2] ?? ""}`);
        return [from, to] as const;
      });
      return { character: (code) => bounds.some(([from, to]) => code >= from && code <= to) !== (not === "^") };
    }
    if (this.#takes(/\(/y) !== null) {
      const group = this.alternatives();
      if (this.#takes(/\)/y) === null) throw new Error(`no ) at ${this.body.slice(this.#at)}`);
      return group;
    }
    const [rule] = this.#takes(/[a-z][a-z0-9-]*/y) ?? [];
    return rule === undefined ? null : { rule };
  }

  #takes(expression: RegExp): RegExpExecArray | null {
    while (this.body[this.#at] === " ") this.#at += 1;
    expression.lastIndex = this.#at;
    const found = expression.exec(this.body);
    if (found !== null) this.#at = expression.lastIndex;
    return found;
  }
}

const one = String.raw`(?:\\x[0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8}|\\.|[^\\])`;

function codes(text: string): number[] {
  return (text.match(new RegExp(one, "gsu")) ?? []).map((sign) => {
    if (/^\\[xuU]/u.test(sign)) return Number.parseInt(sign.slice(2), 16);
    const control = { "\\n": 10, "\\t": 9, "\\r": 13 }[sign];
    return control ?? sign.replace(/^\\/u, "").codePointAt(0) ?? 0;
  });
}
