import { render } from "ink";
import { DashboardView, noticeText } from "./dashboard-view.js";
import { RunProgress } from "./progress.js";
import type { Clock, LiveReporter } from "./reporter.js";
import { summarise, type SummaryView } from "./summary.js";

/** Milliseconds between two pictures. */
const period = 100;

/** How the live view shows a run. */
export interface DashboardOptions extends SummaryView {
  /** Whether keys steer the run: the last line says which. */
  readonly hasKeys: boolean;
}

/** A live view of the run, redrawn in place. Needs a terminal. */
export function createDashboard(stdout: NodeJS.WriteStream, now: Clock, view: DashboardOptions): LiveReporter {
  const progress = new RunProgress(now);
  const picture = () => (
    <DashboardView progress={progress} columns={stdout.columns} rows={stdout.rows} hasKeys={view.hasKeys} />
  );
  // Ctrl-C is the command's: it stops the run cleanly, and the last picture shows how far it came.
  const ink = render(picture(), { stdout, exitOnCtrlC: false });
  const ticking = setInterval(() => ink.rerender(picture()), period);

  // A terminal that becomes narrower wraps what was drawn, each in its own way: only an empty screen is sure to be
  // clean.
  let { columns } = stdout;
  let noticesLost = 0;
  const resized = () => {
    if (stdout.columns < columns) {
      stdout.write(clearScreen);
      noticesLost = progress.notices.length;
    }
    ({ columns } = stdout);
  };
  stdout.prependListener("resize", resized);

  return {
    report: (event) => progress.apply(event),
    hide() {
      ink.clear();
      stdout.write(showCursor);
    },
    show() {
      stdout.write(hideCursor);
      ink.rerender(picture());
    },
    async close() {
      clearInterval(ticking);
      stdout.off("resize", resized);
      ink.rerender(picture());
      const ended = ink.waitUntilExit();
      ink.unmount();
      await ended;
      const lost = progress.notices.slice(0, noticesLost).map(noticeText);
      stdout.write([...lost, ...summarise(progress, view)].map((line) => `${line}\n`).join(""));
    },
  };
}

const clearScreen = "\u001B[2J\u001B[H";
const showCursor = "\u001B[?25h";
const hideCursor = "\u001B[?25l";
