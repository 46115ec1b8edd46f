import { sha256 } from "../../pipeline/hash.js";
import { type Reason, reason } from "../../pipeline/reasons.js";
import type { SourceFile, Target } from "../../pipeline/records.js";
import { buggyProgram, correctProgram, filesOf } from "./layout.js";

/** The correct programs of all sources, and which of the targets are to be tested. */
export class Programs {
  /** Of each source with correct programs, those files by path. */
  readonly #correct = new Map<string, Map<string, { readonly hash: string; readonly hasNamesake: boolean }>>();
  /** Hashes of the buggy programs, by source and path. */
  readonly #buggy = new Map<string, string>();

  static async read(files: AsyncIterable<SourceFile>): Promise<Programs> {
    const programs = new Programs();
    for await (const file of files) programs.#note(file);
    return programs;
  }

  /** Why a target is not one of those that are tested; null where it is. */
  whyUnfit({ source, name, targetKind }: Target): Reason | null {
    const [ref, path] = [source?.ref ?? "", source?.path ?? ""];
    const ofSource = this.#correct.get(ref);
    if (ofSource !== undefined) {
      const program = correctProgram(path);
      if (program === null && buggyProgram(path) !== null) return reason("buggy-program", "buggy program: the correct one is tested");
      if (program === null) return reason("beside-the-programs", "beside the programs: no program of the benchmark");
      const buggy = this.#buggy.get(key(ref, filesOf(program).buggy));
      if (buggy === undefined) return reason("no-buggy-program", `no buggy program: there is no ${filesOf(program).buggy}`);
      const correct = ofSource.get(path);
      if (correct?.hash === buggy) return reason("helper", "helper: the same in the correct and in the buggy programs");
      if (correct?.hasNamesake === true && name !== program.name) return reason("helper", `helper: the program is ${program.name}`);
    }
    return targetKind === "function" ? null : reason("not-a-function", `not a function: ${targetKind}`);
  }

  #note({ source, text }: SourceFile): void {
    const [ref, path] = [source?.ref ?? "", source?.path ?? ""];
    const program = correctProgram(path);
    if (program !== null) {
      const ofSource = this.#correct.get(ref) ?? new Map<string, { hash: string; hasNamesake: boolean }>();
      this.#correct.set(ref, ofSource.set(path, { hash: sha256(text), hasNamesake: definesFunction(text, program.name) }));
    } else if (buggyProgram(path) !== null) {
      this.#buggy.set(key(ref, path), sha256(text));
    }
  }
}

function definesFunction(text: string, name: string): boolean {
  return [...text.matchAll(/^(?:async[ \t]+)?def[ \t]+(\w+)/gmu)].some(([, defined]) => defined === name);
}

function key(ref: string, path: string): string {
  return `${ref}\n${path}`;
}
