import type { Verdict } from "../../../pipeline/contract/verdict.js";
import { parseModule } from "../../python/lib/parse-module.js";

/**
 * The file with the tests of these verdicts marked as expected to fail, each with its reason. Needs `import pytest` in
 * the file.
 */
export function markExpectedFailures(text: string, failures: readonly Verdict[]): string {
  const reasons = new Map(
    failures.map(({ test, reason, outcome, detail }) => [test, `${reason ?? outcome}: ${detail}`]),
  );
  const { module } = parseModule(text);
  const places = module.definitions.flatMap(({ kind, qualifiedName, decorated }) => {
    const reason = kind === "function" ? reasons.get(qualifiedName.replaceAll(".", "::")) : undefined;
    return reason === undefined
      ? []
      : [{ row: decorated.startPosition.row, indent: " ".repeat(decorated.startPosition.column), reason }];
  });
  const lines = text.split("\n");
  for (const { row, indent, reason } of places.toReversed())
    lines.splice(row, 0, `${indent}@pytest.mark.xfail(reason=${JSON.stringify(reason)})`);
  return lines.join("\n");
}
