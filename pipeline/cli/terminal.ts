import { type ErrorView, renderError } from "../reporters/error.js";
import { serializeError } from "../system/errors.js";

/** True where the stream is a terminal that can redraw, and nobody asked for plain output. */
export function isInteractive(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY && process.env["TERM"] !== "dumb" && process.env["CI"] === undefined;
}

/** Colours only on a terminal; NO_COLOR and FORCE_COLOR decide where they are set. */
export function hasColour(stream: NodeJS.WriteStream): boolean {
  const { NO_COLOR: no = "", FORCE_COLOR: force = "", TERM } = process.env;
  if (no !== "") return false;
  return (force !== "" && force !== "0") || (stream.isTTY && TERM !== "dumb");
}

/** Columns of the terminal that the standard output is; as many as there are where it is none. */
export function screenWidth(): number {
  return process.stdout.isTTY ? process.stdout.columns : Infinity;
}

/** Writes a text to the standard output, with a line feed at its end. */
export function print(text: string): void {
  process.stdout.write(text.endsWith("\n") ? text : `${text}\n`);
}

/** Writes a value as JSON over several lines. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

/** Shows an error, in the form that the user asked for. */
export function printError(error: unknown, { debug, json }: { debug: boolean; json: boolean }): void {
  const serialized = serializeError(error);
  if (json) {
    const { stack: _stack, ...shown } = serialized;
    process.stderr.write(`${JSON.stringify({ error: shown })}\n`);
    return;
  }
  const view: ErrorView = { cwd: process.cwd(), colour: hasColour(process.stderr), debug };
  process.stderr.write(renderError(serialized, view));
}
