import { createColors } from "picocolors";
import { counted } from "../../reporters/format.js";
import type { CheckReport } from "./run.js";

type Test = CheckReport["tests"][number];
type Target = CheckReport["targets"][number];
type Paint = ReturnType<typeof createColors>;

/**
 * The report as a person reads it: a line a test, then each tested function with the mutants that its tests let live.
 */
export function reportText(report: CheckReport, { colour }: { readonly colour: boolean }): string {
  const paint = createColors(colour);
  return [
    report.tests.map((test) => testText(test, paint)).join("\n"),
    ...report.targets.map((target) => targetText(target, paint)),
    ...remarks(report),
    summary(report),
  ].join("\n\n");
}

function testText({ file, name, outcome, reason, detail, proves, note }: Test, paint: Paint): string {
  const what = name === null ? file : `${file}::${name}`;
  if (outcome === "passed")
    return (
      `${paint.green("✔")} ${what}` +
      (note === null ? "" : `  ${proves === false ? `${paint.yellow("proves nothing")}: ` : ""}${note}`)
    );
  if (outcome === "skipped") return `${paint.dim("-")} ${what}  skipped${detail === "" ? "" : `: ${detail}`}`;
  if (reason === "infra") return `${paint.yellow("?")} ${what}  not judged, the sandbox lost its run: ${detail}`;
  const why = reason === "wrong-value" ? "suspected bug or wrong value" : (reason ?? outcome);
  return `${paint.red("✖")} ${what}  ${why}${detail === "" ? "" : `: ${detail}`}`;
}

function targetText({ file, name, path, line, tests, coverage, mutants, survivors }: Target, paint: Paint): string {
  const { killed, timeouts, run, total } = mutants;
  const facts = [
    ...(coverage === null ? ["coverage unknown"] : coverageFacts(coverage)),
    run === 0
      ? "nothing to change in it"
      : `${killed} of ${counted(run, "mutant")} killed${timeouts === 0 ? "" : `, ${timeouts} ran out of time`}` +
        (total > run ? ` (of ${total})` : ""),
  ];
  const where = path === null ? "" : `  ${path}${line === null ? "" : `:${line}`}`;
  return [
    `${paint.bold(name)}${paint.dim(where)}`,
    `  ${facts.join("  ·  ")}  ·  ${counted(tests.length, "test")} of ${file}`,
    ...survivors.map((survivor) => survivorText(survivor, path, paint)),
  ].join("\n");
}

function coverageFacts({ lines, branches, missing }: NonNullable<Target["coverage"]>): string[] {
  return [
    `${lines.covered} of ${counted(lines.total, "line")}${missing.length === 0 ? "" : `, not ${ranges(missing)}`}`,
    ...(branches.total === 0 ? [] : [`${branches.covered} of ${branches.total} branches`]),
  ];
}

function survivorText(
  { operator, line, diff }: Target["survivors"][number],
  path: string | null,
  paint: Paint,
): string {
  const lines = diff
    .trimEnd()
    .split("\n")
    .filter((text) => !/^(?:@@|---|\+\+\+)/u.test(text));
  const painted = lines.map((text) =>
    text.startsWith("+") ? paint.green(text) : text.startsWith("-") ? paint.red(text) : text,
  );
  return [
    `  ${paint.yellow("survived")}: ${operator}, ${path ?? "line"}:${line}`,
    ...painted.map((text) => `    ${text}`),
  ].join("\n");
}

/** "3-5, 9" */
function ranges(lines: readonly number[]): string {
  const found: [first: number, last: number][] = [];
  for (const line of lines) {
    const open = found.at(-1);
    if (open !== undefined && line === open[1] + 1) open[1] = line;
    else found.push([line, line]);
  }
  return found.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(", ");
}

function remarks({ tests, targets, lost }: CheckReport): string[] {
  const known = tests.filter(({ file }) => !lost.some((target) => target.file === file));
  const aimless =
    targets.length === 0 ? [] : known.filter(({ proves, targets: tested }) => proves === true && tested.length === 0);
  const withoutFixture = tests.filter(({ reason }) => reason === "fixture");
  return [
    ...lost.map(
      ({ file, name, detail }) => `Not judged: ${name} by the tests of ${file}; the sandbox lost a run: ${detail}`,
    ),
    ...(aimless.length === 0
      ? []
      : [`These pass, but assert nothing of a function of the source that could be found: ${names(aimless)}`]),
    ...(withoutFixture.length === 0
      ? []
      : [
          `A file outside of the source is run without a conftest.py. A fixture is missing in: ` +
            names(withoutFixture),
        ]),
  ];
}

function names(tests: readonly Test[]): string {
  return tests.map(({ name, file }) => name ?? file).join(", ");
}

function summary({ tests, targets, sandbox }: CheckReport): string {
  const passed = tests.filter(({ outcome }) => outcome === "passed").length;
  const unjudged = tests.filter(({ reason }) => reason === "infra").length;
  const hollow = tests.filter(({ proves }) => proves === false).length;
  const skipped = tests.filter(({ outcome }) => outcome === "skipped").length;
  const suspected = tests.filter(({ reason }) => reason === "wrong-value").length;
  const killed = targets.reduce((sum, { mutants }) => sum + mutants.killed, 0);
  const run = targets.reduce((sum, { mutants }) => sum + mutants.run, 0);
  return [
    `${passed} of ${counted(tests.length, "test")} passed`,
    ...(hollow === 0 ? [] : [`${hollow} of them ${hollow === 1 ? "proves" : "prove"} nothing`]),
    ...(skipped === 0 ? [] : [`${skipped} skipped`]),
    ...(unjudged === 0 ? [] : [`${unjudged} not judged`]),
    ...(suspected === 0 ? [] : [`${counted(suspected, "suspected bug")}, or wrong values`]),
    ...(run === 0 ? [] : [`${killed} of ${counted(run, "mutant")} killed`]),
    `sandbox: ${sandbox}`,
  ].join("  ·  ");
}
