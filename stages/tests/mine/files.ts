import { addTo } from "../../../pipeline/system/group-by.js";
import type { SourceFile } from "../../../pipeline/contract/records.js";
import type { Target } from "../../python/lib/records.js";
import type { Input, Lookup } from "../../../pipeline/contract/stage.js";
import { ModuleNames } from "../lib/module-names.js";
import { TestModule } from "../lib/test-module.js";
import { mayHoldTests, sketchTests, type TestSketch } from "./test-sketch.js";

type Sought = Pick<Target, "name" | "module"> & { readonly path: string };

/**
 * Of all files, those that the targets of one partition need: their modules, and the test files that may hold their
 * tests. Each is parsed once, when it is first asked for.
 */
export class FilesOfTargets {
  readonly #modules = new Map<string, Lazy<ModuleNames>>();
  /** Those of a source, each with its folder. */
  readonly #conftests = new Map<string, { folder: string; module: Lazy<TestModule> }[]>();
  readonly #tests = new Map<string, { sketch: TestSketch; module: Lazy<TestModule> }[]>();

  static async find(targets: Input<Target>, filesOf: Lookup<SourceFile>): Promise<FilesOfTargets> {
    const sought = new Map<string, Sought[]>();
    for await (const { source, name, module } of targets) {
      if (source === null) continue;
      const ofSource = sought.get(source.ref) ?? [];
      ofSource.push({ name, module, path: source.path ?? "" });
      sought.set(source.ref, ofSource);
    }
    const found = new FilesOfTargets();
    for (const [ref, ofSource] of sought) {
      for await (const file of filesOf(ref)) found.#keep(file, ofSource);
    }
    return found;
  }

  /** The names of the module that holds a target; null where its file is not among the files. */
  namesFor({ source }: Target): ModuleNames | null {
    return this.#modules.get(key(source))?.() ?? null;
  }

  /** The files that may hold tests of a target. */
  testsFor(target: Target): TestModule[] {
    const files = this.#tests.get(target.source?.ref ?? "") ?? [];
    return files.filter((file) => mayHoldTests(file.sketch, target)).map(({ module }) => module());
  }

  /** The conftest.py files of the folders that a test file is in, nearest first. */
  conftestsFor({ source }: SourceFile): TestModule[] {
    const around = (this.#conftests.get(source?.ref ?? "") ?? []).filter(({ folder }) =>
      (source?.path ?? "").startsWith(folder),
    );
    return around.toSorted((a, b) => b.folder.length - a.folder.length).map(({ module }) => module());
  }

  #keep(file: SourceFile, sought: readonly Sought[]): void {
    if (file.role === "code" && sought.some(({ path }) => path === file.source?.path)) {
      this.#modules.set(
        key(file.source),
        lazy(() => new ModuleNames(file)),
      );
    }
    if (/(?:^|\/)conftest\.py$/u.test(file.source?.path ?? "")) {
      const ref = file.source?.ref ?? "";
      const folder = (file.source?.path ?? "").slice(0, -"conftest.py".length);
      addTo(this.#conftests, ref, { folder, module: lazy(() => new TestModule(file)) });
    }
    if (file.role !== "test") return;
    const sketched = sketchTests(file);
    if (!sought.some((target) => mayHoldTests(sketched, target))) return;
    const ref = file.source?.ref ?? "";
    addTo(this.#tests, ref, { sketch: sketched, module: lazy(() => new TestModule(file)) });
  }
}

type Lazy<T> = () => T;

function lazy<T>(make: () => T): Lazy<T> {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

function key(source: Target["source"]): string {
  return `${source?.ref ?? ""}\n${source?.path ?? ""}`;
}
