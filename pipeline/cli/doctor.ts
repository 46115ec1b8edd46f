import type { Command } from "commander";
import { createColors } from "picocolors";
import { checks } from "./doctor/checks.js";
import type { Check, Finding } from "./doctor/finding.js";
import { interruptible } from "./interrupt.js";
import { hasColour, print, printJson } from "./terminal.js";

/** `pipeline doctor`: looks at this machine; exit code 1 where something is missing that every pipeline needs. */
export default function define(command: Command): Command {
  return command
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      "\nMarks: ✔ is there, · optional and not there, ! slow, missing or untried, ✖ keeps pipelines from running.\n" +
        "Exit code: 0 where pipelines can run here, 1 where something that they need is missing.",
    )
    .action(
      async ({ json = false }: { readonly json?: boolean }) =>
        await interruptible(async (signal) => {
          const paint = createColors(hasColour(process.stdout));
          const marks = {
            ok: paint.green("✔"),
            absent: paint.dim("·"),
            warning: paint.yellow("!"),
            problem: paint.red("✖"),
          };
          const findings: (Finding & Pick<Check, "name">)[] = [];
          for (const { name, look } of checks) {
            const finding = await look(signal);
            findings.push({ name, ...finding });
            if (json) continue;
            print(`${marks[finding.status]} ${name.padEnd(10)} ${finding.found}`);
            for (const line of finding.details ?? []) print(`             ${line}`);
            if (finding.fix !== undefined) print(`             ${paint.bold("fix")}  ${finding.fix}`);
          }
          if (json) printJson(findings);
          if (findings.some(({ status }) => status === "problem")) process.exitCode = 1;
        }),
    );
}
