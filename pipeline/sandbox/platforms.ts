import { backends } from "./backends.js";
import { missingForSockets } from "./sockets.js";

/** `untried`: nothing speaks against it, and nobody has run it there. */
export type Support = "works" | "container" | "untried" | "no";

/** A line of the table of what works where. */
export interface PlatformRow {
  readonly what: string;
  readonly linux: Support;
  readonly macos: Support;
  readonly windows: Support;
  readonly note: string;
}

/**
 * What works where, with respect to code that is not trusted: what is not of Linux takes a container, or cannot be had.
 */
export function platforms(): PlatformRow[] {
  return [
    ...backends.map(({ name, systems }) => ({
      what: `sandbox \`${name}\``,
      linux: "works" as const,
      macos: elsewhere(systems, "macos"),
      windows: elsewhere(systems, "windows"),
      note: missingForSockets(name) === null ? "" : "no checkers that need unix sockets",
    })),
    {
      what: "stages that run Python code (`verify`, `record`, `evaluate`, ...)",
      linux: "works",
      macos: "container",
      windows: "no",
      note:
        "in a container: its Python has the packages of this machine's Python, so both have the same minor version; " +
        "of packages that are compiled, only Linux's load",
    },
    {
      what: "checkers (`sandbox.check`)",
      linux: "works",
      macos: "container",
      windows: "no",
      note: "in a container: the tools of its image",
    },
    {
      what: "children that end with their parent, by SIGKILL too",
      linux: "works",
      macos: "untried",
      windows: "no",
      note: "they are started through /bin/sh",
    },
  ];
}

/** A line of text a row, for a terminal. */
export function platformLines(): string[] {
  const rows = platforms().map(({ what, linux, macos, windows }) => [
    what.replaceAll("`", ""),
    `Linux ${linux}`,
    `macOS ${macos}`,
    `Windows ${windows}`,
  ]);
  const width = Math.max(...rows.map(([what = ""]) => what.length));
  return rows.map(([what = "", ...each]) => `${what.padEnd(width)}  ${each.join(", ")}`);
}

/** Where a kind of confinement that is not of Linux alone could run; it was tried on Linux. */
function elsewhere(systems: readonly string[], system: "macos" | "windows"): Support {
  return systems.includes(system) ? "untried" : "no";
}
