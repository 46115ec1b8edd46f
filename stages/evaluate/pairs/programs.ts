import { sha256 } from "../../../pipeline/system/hash.js";
import { type Reason, reason } from "../../../pipeline/contract/reasons.js";
import type { SourceFile } from "../../../pipeline/contract/records.js";
import type { Target } from "../../python/lib/records.js";
import { buggyProgram, correctProgram, filesOf } from "../lib/layout.js";

/** Which of the two programs of a pair is meant. */
export type Form = "correct" | "buggy";

interface ProgramFile {
  readonly hash: string;
  /** Whether it defines a function of the program's name. */
  readonly hasNamesake: boolean;
}

/** The programs of all sources, correct and buggy, and which of the targets are to be tested. */
export class Programs {
  /** Of each source with programs, the files of either form by path. */
  readonly #files: Readonly<Record<Form, Map<string, Map<string, ProgramFile>>>> = {
    correct: new Map(),
    buggy: new Map(),
  };

  static async read(files: AsyncIterable<SourceFile>): Promise<Programs> {
    const programs = new Programs();
    for await (const file of files) programs.#note(file);
    return programs;
  }

  /** Why a target is not one of those that are tested; null where it is. */
  whyUnfit(target: Target, show: Form): Reason | null {
    const { source, targetKind } = target;
    if (this.#files.correct.has(source?.ref ?? "")) {
      const unfit = this.#whyNot(target, show);
      if (unfit !== null) return unfit;
    } else if (show === "buggy") {
      return reason("no-pairs", "no pairs: its source has no correct_python_programs");
    }
    return targetKind === "function" ? null : reason("not-a-function", `not a function: ${targetKind}`);
  }

  #whyNot({ source, name }: Target, show: Form): Reason | null {
    const [ref, path] = [source?.ref ?? "", source?.path ?? ""];
    const program = formOf[show](path);
    if (program === null && formOf[other(show)](path) !== null)
      return reason(
        `${other(show)}-program`,
        `${other(show)} program: the ${show} one is ${show === "correct" ? "tested" : "shown"}`,
      );
    if (program === null) return reason("beside-the-programs", "beside the programs: no program of the benchmark");
    const twinPath = filesOf(program)[other(show)];
    const twin = this.#files[other(show)].get(ref)?.get(twinPath);
    if (twin === undefined)
      return reason(`no-${other(show)}-program`, `no ${other(show)} program: there is no ${twinPath}`);
    const own = this.#files[show].get(ref)?.get(path);
    if (own?.hash === twin.hash) return reason("helper", "helper: the same in the correct and in the buggy programs");
    if (own?.hasNamesake === true && name !== program.name)
      return reason("helper", `helper: the program is ${program.name}`);
    return null;
  }

  #note({ source, text }: SourceFile): void {
    const [ref, path] = [source?.ref ?? "", source?.path ?? ""];
    for (const form of ["correct", "buggy"] as const) {
      const program = formOf[form](path);
      if (program === null) continue;
      const ofSource = this.#files[form].get(ref) ?? new Map<string, ProgramFile>();
      this.#files[form].set(
        ref,
        ofSource.set(path, { hash: sha256(text), hasNamesake: definesFunction(text, program.name) }),
      );
    }
  }
}

const formOf = { correct: correctProgram, buggy: buggyProgram } as const;

function other(form: Form): Form {
  return form === "correct" ? "buggy" : "correct";
}

function definesFunction(text: string, name: string): boolean {
  return [...text.matchAll(/^(?:async[ \t]+)?def[ \t]+(\w+)/gmu)].some(([, defined]) => defined === name);
}
