import { pythonName } from "./identifier.js";
import type { Definition, PythonModule } from "./module.js";
import { dedentedSource } from "./source-text.js";

/** The part of a class that one of its members works with, and what that part needs of the module. */
export interface ClassExcerpt {
  readonly source: string;
  readonly needs: ReadonlySet<string>;
}

/** A top-level class, taken apart once for all of its members. */
export class ExcerptsOfClass {
  readonly #whole: Definition;
  readonly #members: readonly Member[];
  readonly #lines: readonly string[];
  /** What stands in the class outside its functions, word by word. */
  readonly #usedByBody: ReadonlySet<string>;

  constructor(whole: Definition, { text, definitions }: PythonModule) {
    this.#whole = whole;
    this.#lines = dedentedSource(text, whole.decorated).split("\n");
    const top = whole.decorated.startPosition.row;
    this.#members = definitions
      .filter(({ parent }) => parent === whole)
      .map((definition) => readMember(definition, top));
    this.#usedByBody = new Set([
      ...wordsIn(this.#without(this.#members)),
      ...this.#members.flatMap(({ headerUses }) => headerUses),
    ]);
  }

  /**
   * The class without the functions that a member does not use, directly or through others: special methods stay,
   * and so does what the class uses outside its functions, and what is named after `self.`, `cls.`, `super().` or a
   * class.
   */
  around(member: Definition): ClassExcerpt {
    if (member.parent !== this.#whole) return { source: this.#lines.join("\n"), needs: this.#whole.needs };
    const kept = new Set(
      this.#members.filter(
        ({ definition, isSpecial }) =>
          isSpecial || definition.name === member.name || this.#usedByBody.has(definition.name),
      ),
    );
    const names = new Set([...kept].flatMap(({ uses }) => [...uses]));
    for (let before = -1; before < kept.size;) {
      before = kept.size;
      for (const candidate of this.#members) {
        if (kept.has(candidate) || !names.has(candidate.definition.name)) continue;
        kept.add(candidate);
        for (const name of candidate.uses) names.add(name);
      }
    }
    return {
      source: this.#without(this.#members.filter((candidate) => !kept.has(candidate))),
      needs: this.#needsOf(kept),
    };
  }

  #needsOf(kept: ReadonlySet<Member>): ReadonlySet<string> {
    if (kept.size === this.#members.length) return this.#whole.needs;
    const needs = new Set(this.#whole.ownNeeds);
    for (const { definition } of kept) for (const name of definition.needs) needs.add(name);
    return needs;
  }

  #without(dropped: readonly Member[]): string {
    const gone = new Set<number>();
    for (const {
      rows: [first, last],
    } of dropped)
      for (let row = first; row <= last; row += 1) gone.add(row);
    const kept: string[] = [];
    for (const [row, line] of this.#lines.entries()) {
      if (!gone.has(row) && (line.trim() !== "" || kept.at(-1) !== "")) kept.push(line);
    }
    return kept.join("\n").trimEnd();
  }
}

interface Member {
  readonly definition: Definition;
  /** It stays with any other: a special method, or a class. */
  readonly isSpecial: boolean;
  /** First and last row, from the top of the class. */
  readonly rows: readonly [first: number, last: number];
  readonly uses: ReadonlySet<string>;
  /** Names in its decorators and parameters, which are read with the class; not its own, as in `@size.setter`. */
  readonly headerUses: readonly string[];
}

function readMember(definition: Definition, top: number): Member {
  const { decorated, decorators, node, kind, name } = definition;
  const header = [...decorators, node.childForFieldName("parameters")].map((part) => part?.text ?? "").join("\n");
  const uses = new Set(
    [
      ...pythonName(decorated.text).matchAll(
        /(?<![\p{L}\p{N}_])(?:self|cls|super\(\)|\p{Lu}[\p{L}\p{N}_]*)\.([\p{L}\p{N}_]+)/gu,
      ),
    ].map(([, used = ""]) => used),
  );
  return {
    definition,
    uses,
    headerUses: [...wordsIn(header)].filter((word) => word !== name),
    isSpecial: kind === "class" || /^__\w+__$/u.test(name),
    rows: [decorated.startPosition.row - top, decorated.endPosition.row - top],
  };
}

function wordsIn(text: string): ReadonlySet<string> {
  return new Set([...pythonName(text).matchAll(/(?<![.\p{L}\p{N}_])[\p{L}_][\p{L}\p{N}_]*/gu)].map(([word]) => word));
}
