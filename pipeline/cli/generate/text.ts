import { join, relative } from "node:path";
import { createColors } from "picocolors";
import { describeProject } from "../../sources/project.js";
import { countByCode, inWords } from "../../contract/reasons.js";
import { count, counted, percent } from "../../reporters/format.js";
import { isSuspectedBug } from "./failures.js";
import { leftRoutesText } from "./routes.js";
import type { GenerateSummary } from "./summary.js";
import { table } from "../table.js";

/** Most suspected bugs and reasons that are listed, and most files. */
const mostListed = 5;
const mostFiles = 20;

/** The end of a run as a user reads it. `command` runs the tests. */
export function summaryText(
  summary: GenerateSummary,
  { colour, command, byShard }: { readonly colour: boolean; readonly command: string; readonly byShard: boolean },
): string {
  const { files, functions, isUsable, failures } = summary;
  const paint = createColors(colour);
  const noun = byShard ? "target" : "function";
  const bugs = failures.filter(isSuspectedBug);
  const gone = files.filter(({ status }) => status === "replaced").length;
  const rows = files
    .filter(({ status }) => status !== "replaced")
    .map(({ name, status, why = "", tests, functions: tested }) =>
      status === "kept"
        ? [paint.yellow("–"), join(summary.folder, name), `kept as it is: ${why} (--force overwrites it)`]
        : [
            paint.green("✔"),
            join(summary.folder, name),
            `${counted(tests, "test")} of ${counted(tested, noun)}${status === "unchanged" ? ", as before" : ""}`,
          ],
    );
  const reasons = reasonsOf(summary);
  return [
    "",
    ...(rows.length === 0 ? [] : [table(rows.slice(0, mostFiles), { indent: "  " })]),
    ...(rows.length > mostFiles ? [`  and ${counted(rows.length - mostFiles, "other file")}`] : []),
    ...(gone === 0
      ? []
      : [
          `  ${counted(gone, "file")} of an earlier run ${gone === 1 ? "is" : "are"} gone: these take ` +
            `${gone === 1 ? "its" : "their"} place.`,
        ]),
    ...(isUsable ? [] : [paint.bold("No test that can be used was written.")]),
    byShard
      ? statusText(summary)
      : `${count(functions.tested)} of ${counted(functions.asked, "function")} and classes ` +
        `${functions.tested === 1 ? "has" : "have"} tests.`,
    testsText(summary),
    ...(byShard ? untestedText(summary) : []),
    ...disagreementsText(summary, paint),
    ...(bugs.length === 0
      ? []
      : [
          paint.yellow(
            `${counted(bugs.length, "assertion")} failed: a bug in the code, or a wrong value in the test. Which, is ` +
              `for you to say:`,
          ),
          table(
            bugs
              .slice(0, mostListed)
              .map(({ file, target, reason }) => [file, target, reason.replace(/^[^:]*: (?:AssertionError: )?/u, "")]),
            { indent: "  " },
          ),
          ...(bugs.length > mostListed ? [`  and ${counted(bugs.length - mostListed, "other")}`] : []),
        ]),
    ...(reasons.length === 0
      ? []
      : [`Left out: ${reasons.slice(0, mostListed).join(", ")}  →  pipeline inspect rejects`]),
    ...leftRoutesText(summary.leftRoutes),
    ...(isUsable ? [`Run the tests:  ${command}`] : []),
  ].join("\n");
}

/** Most disagreements that are listed, and most characters of each part. */
const mostDisagreements = 15;
const longestPart = 48;

/** The list that a person wants to see: a bug in the code shows up here and nowhere else. */
function disagreementsText(
  { disagreements, values: { own, recorded } }: GenerateSummary,
  paint: ReturnType<typeof createColors>,
): string[] {
  if (disagreements.length === 0) return [];
  const rows = disagreements
    .slice(0, mostDisagreements)
    .map(({ file, line, target, asked, expected, answered }) => [
      `${file}:${line}`,
      target,
      short(asked),
      `the model expected ${short(expected)}`,
      `the code ${answered.startsWith("raises ") ? "" : "answers "}${short(answered)}`,
    ]);
  return [
    paint.yellow(
      `${count(recorded)} of ${counted(own + recorded, "expectation")} ${recorded === 1 ? "was" : "were"} not what ` +
        `the code answers, which is what the tests say now. A bug in the code, or a wrong guess? Which, is for you ` +
        `to say:`,
    ),
    table(rows, { indent: "  " }),
    ...(disagreements.length > mostDisagreements
      ? [`  and ${counted(disagreements.length - mostDisagreements, "other")}: --json lists them all`]
      : []),
    "A value that was recorded says what the code does today, not what it should do (--explain-values says beside it " +
      "what the model expected).",
  ];
}

function short(text: string): string {
  return text.length <= longestPart ? text : `${text.slice(0, longestPart - 1)}…`;
}

/** 43 targets: 30 tested, 8 failed, 5 never answered. */
function statusText({ targets }: GenerateSummary): string {
  const statuses = ["tested", "unverified", "failed", "never answered"] as const;
  const counts = statuses
    .map((status) => [status, targets.filter((target) => target.status === status).length] as const)
    .filter(([, times]) => times > 0);
  return (
    `${counted(targets.length, "target")}: ` +
    `${counts.map(([status, times]) => `${count(times)} ${status}`).join(", ") || "none"}.`
  );
}

/** Most targets without a test that are listed. */
const mostTargets = 20;

function untestedText({ targets }: GenerateSummary): string[] {
  const untested = targets.filter(({ status }) => status === "failed" || status === "never answered");
  if (untested.length === 0) return [];
  const rows = untested
    .slice(0, mostTargets)
    .map(({ file, line, name, status, reason }) => [`${file}:${line}`, name, status, (reason ?? "").slice(0, 100)]);
  return [
    table(rows, { indent: "  " }),
    ...(untested.length > mostTargets
      ? [`  and ${counted(untested.length - mostTargets, "other target")}: --json lists them all`]
      : []),
  ];
}

/**
 * Why single tests, and answers as a whole, were left out, most frequent first. Suspected bugs are listed by
 * themselves, and an answer without a good test is told by its tests.
 */
function reasonsOf({ failures, leftOut }: GenerateSummary): string[] {
  const tests = failures.filter((failure) => !isSuspectedBug(failure)).map(({ code }) => ({ code, count: 1 }));
  const reasons = [...leftOut.filter(({ code }) => code !== "no-good-test"), ...tests];
  return countByCode(reasons).map(({ code, count: times }) => `${count(times)} ${asClause[code] ?? inWords(code)}`);
}

/** Verdicts as a sentence goes on with them: `3 that use a name which is not there`. */
const asClause: Readonly<Record<string, string>> = {
  "no-code": "without a test",
  truncated: "broken off",
  syntax: "that are not Python",
  import: "that cannot be imported",
  fixture: "with a fixture that fails or is not there",
  name: "that use a name which is not there",
  raised: "that end in an exception",
  timeout: "that take too long",
  resource: "that take too much memory or disk",
  flaky: "that pass only sometimes",
  cheat: "that prove nothing",
  skipped: "that are skipped, or expected to fail",
};

function testsText({ tests: { written, marked, failed }, isVerified, coverage, mutants }: GenerateSummary): string {
  if (!isVerified) return `${counted(written, "test")} written; none was run.`;
  return [
    `${counted(written - marked, "test")} ${written - marked === 1 ? "passes" : "pass"}`,
    ...(failed === 0
      ? []
      : [
          `${count(failed)} did not, and ` +
            (marked > 0
              ? `${count(marked)} of them ${marked === 1 ? "is" : "are"} marked xfail`
              : failed === 1
                ? "was left out"
                : "were left out"),
        ]),
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
