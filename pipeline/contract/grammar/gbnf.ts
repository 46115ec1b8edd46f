/** The most times that llama.cpp repeats a part of a grammar. */
export const mostRepetitions = 2000;

/** The rules of a GBNF grammar, as they are added: equal ones once. The order of adding decides their names. */
export class Rules {
  readonly #names = new Map<string, string>();
  readonly #bodies = new Map<string, string>();

  /** @param known rules with names of their own, which are written where another rule uses them */
  constructor(private readonly known: Readonly<Record<string, string>>) {}

  /** The name of the rule with this body; what is a name already stays one. */
  add(body: string): string {
    if (/^[a-z][a-z0-9]*$/u.test(body)) return body;
    const name = this.#names.get(body) ?? this.reserve();
    this.#names.set(body, name);
    this.#bodies.set(name, body);
    return name;
  }

  /** A name for a rule that is defined later: one that can use itself. */
  reserve(): string {
    const name = `r${this.#bodies.size}`;
    this.#bodies.set(name, "");
    return name;
  }

  define(name: string, body: string): void {
    this.#bodies.set(name, body);
  }

  /** The whole grammar, of answers that are what the rule `root` says. */
  text(root: string): string {
    const written = new Map([["root", root], ...this.#bodies]);
    const used = new Set<string>();
    const use = (body: string): void => {
      for (const [name] of withoutTexts(body).matchAll(/[a-z][a-z-]*/gu)) {
        const known = this.known[name];
        if (known === undefined || used.has(name)) continue;
        used.add(name);
        use(known);
      }
    };
    for (const body of written.values()) use(body);
    for (const name of used) written.set(name, this.known[name] ?? "");
    return [...written].map(([name, body]) => `${name} ::= ${body}`).join("\n");
  }
}

/** A text that is written as it stands. */
export function literal(text: string): string {
  const escaped = Array.from(text, (character) => {
    if (character === '"' || character === "\\") return `\\${character}`;
    const code = character.codePointAt(0) ?? 0;
    return code < 0x20 || code === 0x7f ? `\\x${code.toString(16).padStart(2, "0")}` : character;
  });
  return `"${escaped.join("")}"`;
}

/** One of several; nothing beside it is taken for a part of it. */
export function oneOf(alternatives: readonly string[]): string {
  const [only = '""', ...more] = [...new Set(alternatives)];
  return more.length === 0 ? only : `(${[only, ...more].join(" | ")})`;
}

/** A part so many times; `most` of null: as often as it comes. */
export function times(part: string, least: number, most: number | null): string {
  if (most === 0) return '""';
  if (least === 1 && most === 1) return part;
  const bounds = most === null ? (least === 0 ? "*" : least === 1 ? "+" : `{${least},}`) : `{${least},${most}}`;
  return `${isOne(part) ? part : `(${part})`}${bounds === "{0,1}" ? "?" : bounds}`;
}

/** Whether a sign of repetition behind it is about all of it: a name, a class, a text, or a group. */
function isOne(part: string): boolean {
  return /^(?:[a-z][a-z0-9-]*|\[(?:[^\]\\]|\\.)*\]|"(?:[^"\\]|\\.)*")$/u.test(part);
}

/** A body without what only looks like names of rules: texts and classes of characters. */
function withoutTexts(body: string): string {
  return body.replaceAll(/"(?:[^"\\]|\\.)*"|\[(?:[^\]\\]|\\.)*\]/gu, " ");
}
