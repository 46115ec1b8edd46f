import { join, relative } from "node:path";
import { createColors } from "picocolors";
import { describeProject } from "../sources/project.js";
import { count, counted, percent } from "../reporters/format.js";
import { isSuspectedBug } from "./generate-failures.js";
import type { GenerateSummary } from "./generate-summary.js";
import { table } from "./table.js";

/** Most suspected bugs and reasons that are listed, and most files. */
const mostListed = 5;
const mostFiles = 20;

/** The end of a run as a user reads it. `command` runs the tests. */
export function summaryText(summary: GenerateSummary, { colour, command }: { readonly colour: boolean; readonly command: string }): string {
  const { files, functions, isUsable, failures } = summary;
  const paint = createColors(colour);
  const bugs = failures.filter(isSuspectedBug);
  const rows = files.map(({ name, status, why = "", tests, functions: tested }) => status === "kept"
    ? [paint.yellow("–"), join(summary.folder, name), `kept as it is: ${why} (--force overwrites it)`]
    : [paint.green("✔"), join(summary.folder, name), `${counted(tests, "test")} of ${counted(tested, "function")}${status === "unchanged" ? ", as before" : ""}`]);
  const reasons = reasonsOf(summary);
  return [
    "",
    ...(rows.length === 0 ? [] : [table(rows.slice(0, mostFiles), { indent: "  " })]),
    ...(rows.length > mostFiles ? [`  and ${counted(rows.length - mostFiles, "other file")}`] : []),
    ...(isUsable ? [] : [paint.bold("No test that can be used was written.")]),
    `${count(functions.tested)} of ${counted(functions.asked, "function")} and classes ${functions.tested === 1 ? "has" : "have"} tests.`,
    testsText(summary),
    ...(bugs.length === 0 ? [] : [
      paint.yellow(`${counted(bugs.length, "assertion")} failed: a bug in the code, or a wrong value in the test. Which, is for you to say:`),
      table(bugs.slice(0, mostListed).map(({ file, target, reason }) => [file, target, reason.replace(/^[^:]*: (?:AssertionError: )?/u, "")]), { indent: "  " }),
      ...(bugs.length > mostListed ? [`  and ${counted(bugs.length - mostListed, "other")}`] : []),
    ]),
    ...(reasons.length === 0 ? [] : [`Left out: ${reasons.slice(0, mostListed).join(", ")}  →  pipeline inspect rejects`]),
    ...(isUsable ? [`Run the tests:  ${command}`] : []),
  ].join("\n");
}

/** Why single tests, and answers as a whole, were left out, most frequent first. */
function reasonsOf({ failures, leftOut }: GenerateSummary): string[] {
  const sums = new Map(leftOut.map(({ reason, count: times }) => [reason, times]));
  for (const { reason } of failures) {
    const [what = ""] = reason.split(":", 1);
    sums.set(what, (sums.get(what) ?? 0) + 1);
  }
  return [...sums].toSorted((a, b) => b[1] - a[1]).map(([reason, times]) => `${count(times)} ${reason}`);
}

function testsText({ tests: { written, marked, failed }, isVerified, coverage, mutants }: GenerateSummary): string {
  if (!isVerified) return `${counted(written, "test")} written; none was run.`;
  return [
    `${counted(written - marked, "test")} ${written - marked === 1 ? "passes" : "pass"}`,
    ...(failed === 0 ? [] : [`${count(failed)} did not, and ${marked > 0 ? `${count(marked)} of them ${marked === 1 ? "is" : "are"} marked xfail` : failed === 1 ? "was left out" : "were left out"}`]),
    ...(coverage === null ? [] : [`${percent(Math.round(coverage * 1000), 1000)} of the lines covered`]),
    ...(mutants === null ? [] : [`${count(mutants.killed)} of ${counted(mutants.run, "mutant")} killed`]),
  ].join("  ·  ");
}

/** What runs the tests from the working folder: pytest, with the project's code where Python looks for it. */
export async function pytestCommand(root: string, folder: string): Promise<string> {
  const { importRoots } = await describeProject(root);
  const paths = importRoots.map((inner) => relative(process.cwd(), join(root, inner)) || ".");
  const isHere = paths.every((path) => path === ".");
  return `${isHere ? "" : `PYTHONPATH=${paths.join(":")} `}python -m pytest ${folder}`;
}
