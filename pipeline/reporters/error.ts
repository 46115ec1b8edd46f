import { readFileSync } from "node:fs";
import { relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { createColors } from "picocolors";
import type { SerializedError } from "../system/errors.js";
import { packageRoot } from "../system/paths.js";
import { showText } from "../system/text-file.js";
import { frame } from "./frame.js";

/** How an error is shown. */
export interface ErrorView {
  /** Files below it are shown relative to it. */
  readonly cwd: string;
  readonly colour: boolean;
  /** Show stack traces and causes. */
  readonly debug: boolean;
}

/** An error as its user reads it: what, where, what to do. Ends with a line feed. */
export function renderError(error: SerializedError, view: ErrorView): string {
  return [error, ...(error.others ?? [])].map((each) => renderOne(each, view)).join("\n");
}

function renderOne(error: SerializedError, { cwd, colour, debug }: ErrorView): string {
  const paint = createColors(colour);
  const lines = [`${paint.red(paint.bold("error:"))} ${error.message}`];
  for (const location of error.locations) {
    const path = `${shortPath(location.file, cwd)}:${location.line}:${location.column}`;
    lines.push(
      "",
      `  ${paint.cyan(path)}`,
      ...frame(readText(location.file), location).map((line) => `    ${line.mark ? paint.red(line.text) : line.text}`),
    );
  }
  for (const line of error.hint?.split("\n") ?? []) lines.push(`  ${line}`);
  if (error.code === "internal" && !debug) {
    const own = ownPlace(error.stack, cwd);
    lines.push(
      own === null
        ? "  This should not happen: it is a mistake in pipeline, or in a stage of your own. Run again with --debug " +
            "to see where."
        : `  It was thrown by code of yours: ${own}. --debug shows how it came there.`,
    );
  }
  if (debug && error.stack !== undefined) lines.push("", paint.dim(error.stack));
  return `${lines.join("\n")}\n`;
}

/** Where an error was thrown, FILE:LINE:COLUMN; null where that is in this package, or in one installed beside it. */
function ownPlace(stack: string | undefined, cwd: string): string | null {
  const thrown = stack?.split("\n").find((line) => /^ +at /u.test(line)) ?? "";
  const [, url, place] = /(file:\/\/\/.*?)(:\d+:\d+)\)?$/u.exec(thrown) ?? [];
  if (url === undefined) return null;
  const file = fileURLToPath(url);
  const isInstalled = file.startsWith(`${packageRoot}${sep}`) || file.includes(`${sep}node_modules${sep}`);
  return isInstalled ? null : `${shortPath(file, cwd)}${place}`;
}

/** A path as a user would write it in the working folder. */
export function shortPath(path: string, cwd: string): string {
  const short = relative(cwd, path);
  return short === "" || short.startsWith(`..${sep}..${sep}`) ? path : short;
}

/** The frame is left out where the file cannot be read any more. */
function readText(file: string): string {
  try {
    return showText(readFileSync(file));
  } catch {
    return "";
  }
}
