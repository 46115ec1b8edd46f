import { readFileSync } from "node:fs";
import { relative, sep } from "node:path";
import { createColors } from "picocolors";
import type { SerializedError } from "../system/errors.js";
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
  if (error.code === "internal" && !debug)
    lines.push(
      "  This should not happen: it is a mistake in pipeline, or in a stage of your own. Run again with --debug to " +
        "see where.",
    );
  if (debug && error.stack !== undefined) lines.push("", paint.dim(error.stack));
  return `${lines.join("\n")}\n`;
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
