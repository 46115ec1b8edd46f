import { PipelineError } from "../../pipeline/system/errors.js";
import { preamble, testFile } from "../../stages/python/lib/pytest-file.js";
import type { Target } from "../../stages/python/lib/records.js";
import type { SourceTree } from "../../pipeline/contract/sources.js";
import { readSourceFile } from "../../stages/read/ingest/read.js";
import { selectFiles } from "../../stages/read/lib/select.js";
import { doctestTests } from "../../stages/tests/mine/doctest-tests.js";
import { ModuleNames } from "../../stages/tests/lib/module-names.js";
import { targetsOf } from "../../stages/python/lib/targets.js";

/** A test file made of the doctests of one function. */
export interface DoctestFile {
  readonly target: Target;
  /** test_0000.py */
  readonly name: string;
  readonly code: string;
  /** Names of its tests. */
  readonly tests: readonly string[];
}

/**
 * The doctests of every function of a source as a test file, as `mine` writes them; the licence does not matter here.
 */
export async function doctestFiles(tree: SourceTree, include: string): Promise<DoctestFile[]> {
  const { taken, isPackage } = await selectFiles(tree.folder, { include: [include], exclude: [] }, 1);
  const found: DoctestFile[] = [];
  for (const path of taken) {
    const file = await readSourceFile(tree, path, {
      maxFileSize: 1 << 20,
      licences: { refusal: null, ofFile: () => ({ expression: "LicenseRef-unknown" }) },
      isPackage,
    });
    if ("refused" in file)
      throw new PipelineError(`${path} of ${tree.ref} cannot be read: ${file.refused?.text ?? ""}`, {
        code: "internal",
      });
    const names = new ModuleNames(file);
    for (const target of targetsOf(file, { kinds: ["function"], private: false, maxLines: 200, minComplexity: 1 })
      .targets) {
      const { tests } = doctestTests(target, names);
      if (tests.length === 0) continue;
      const code = testFile(preamble(target), tests.map(({ source }) => source).join("\n\n\n"));
      found.push({
        target,
        name: `test_${String(found.length).padStart(4, "0")}.py`,
        code,
        tests: tests.map(({ name }) => name),
      });
    }
  }
  return found;
}
