import { render } from "ink";
import { DashboardView } from "./dashboard-view.js";
import { RunProgress } from "./progress.js";
import type { Clock, Reporter } from "./reporter.js";
import { summarise, type SummaryView } from "./summary.js";

/** Milliseconds between two pictures. */
const period = 100;

/** A live view of the run, redrawn in place. Needs a terminal. */
export function createDashboard(stdout: NodeJS.WriteStream, now: Clock, view: SummaryView): Reporter {
  const progress = new RunProgress(now);
  const picture = () => <DashboardView progress={progress} columns={stdout.columns} rows={stdout.rows} />;
  // Ctrl-C is the command's: it stops the run cleanly, and the last picture shows how far it came.
  const ink = render(picture(), { stdout, exitOnCtrlC: false, patchConsole: true });
  const ticking = setInterval(() => ink.rerender(picture()), period);
  return {
    report: (event) => progress.apply(event),
    async close() {
      clearInterval(ticking);
      ink.rerender(picture());
      const ended = ink.waitUntilExit();
      ink.unmount();
      await ended;
      stdout.write(summarise(progress, view).map((line) => `${line}\n`).join(""));
    },
  };
}
