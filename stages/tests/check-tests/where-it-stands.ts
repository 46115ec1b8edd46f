import type { Verdict } from "../../../pipeline/contract/verdict.js";
import type { TestResult } from "../../../pipeline/contract/test-run.js";

/**
 * What a file's tests came to, and which of them that was where the file stands, with its conftest.py and the files
 * beside it.
 */
export interface FileResult extends TestResult {
  readonly inPlace: ReadonlySet<string>;
}

/**
 * The verdicts of a file, in which those of tests that do not pass by themselves are what pytest says of them where the
 * file stands: a test that relies on what is around it accuses nothing.
 *
 * @param run runs the file there; asked only where that may make a difference
 */
export async function whereItStands(
  alone: TestResult,
  path: string | null,
  run: (path: string) => Promise<TestResult>,
): Promise<FileResult> {
  const isOpen = alone.fileError === null ? alone.verdicts.some(mayRelyOnMore) : mayRelyOnMore(alone.fileError);
  if (path === null || !isOpen) return { ...alone, inPlace: new Set() };
  const { verdicts, fileError } = await run(path);
  if (fileError !== null) return { ...alone, inPlace: new Set() };
  if (alone.fileError !== null)
    return { ...alone, fileError: null, verdicts, inPlace: new Set(verdicts.map(({ test }) => test)) };
  const there = new Map(verdicts.map((verdict) => [verdict.test, verdict]));
  const asked = alone.verdicts
    .filter((verdict) => mayRelyOnMore(verdict) && there.has(verdict.test))
    .map(({ test }) => test);
  return {
    ...alone,
    verdicts: alone.verdicts.map((verdict) =>
      asked.includes(verdict.test) ? (there.get(verdict.test) ?? verdict) : verdict,
    ),
    inPlace: new Set(asked),
  };
}

function mayRelyOnMore({ outcome, reason }: Omit<Verdict, "test">): boolean {
  return outcome !== "passed" && ["wrong-value", "raised", "name", "import", "fixture"].includes(reason ?? "");
}
