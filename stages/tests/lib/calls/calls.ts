import type { Parameter, Target } from "../../../python/lib/records.js";
import type { Call } from "./call.js";
import { doctestCalls } from "./doctest-calls.js";
import { firstValues } from "./values.js";
import { variationsOf } from "./variations.js";

/**
 * Calls to begin with, at most `most`: those of the doctests, else values by annotation and name. Empty where a
 * required parameter gets no value.
 */
export function firstCalls(target: Target, most: number): readonly Call[] {
  const fromDoctests = doctestCalls(target).slice(0, most);
  return fromDoctests.length > 0 ? fromDoctests : guessedCalls(target.parameters).slice(0, most);
}

/** The name of a required parameter that no value can be guessed for; undefined where there is none. */
export function unknownParameter({ parameters }: Target): string | undefined {
  return required(parameters).find((parameter) => firstValues(parameter).length === 0)?.name;
}

/**
 * Calls that differ from a working one in one argument: the edges of each argument's type in turn, then options that
 * are off by default.
 */
export function variedCalls(call: Call, { parameters }: Target): readonly Call[] {
  const rounds = call.arguments.map(({ text, parameter }, position) =>
    variationsOf(text).map((variation): Call => ({
      arguments: call.arguments.map((argument, index) =>
        index === position ? { ...argument, text: variation.text } : argument,
      ),
      label: [variation.label, parameter].filter((part) => part !== null).join("_"),
    })),
  );
  const options = parameters
    .filter(({ name }) => !call.arguments.some(({ parameter }) => parameter === name))
    .flatMap((parameter) => withOption(call, parameter));
  const edges = Array.from({ length: Math.max(0, ...rounds.map((round) => round.length)) }, (_, index) =>
    rounds.flatMap((round) => round[index] ?? []),
  ).flat();
  const half = Math.ceil(edges.length / 2);
  return [...edges.slice(0, half), ...options, ...edges.slice(half)];
}

function withOption(call: Call, { name, kind, default: standard }: Parameter): Call[] {
  if (standard === null || (kind !== "keyword-only" && kind !== "positional-or-keyword")) return [];
  const [other] = /^(?:True|False|\d+)$/u.test(standard) ? variationsOf(standard).toReversed() : [];
  if (other === undefined) return [];
  return [
    {
      arguments: [...call.arguments, { parameter: name, byKeyword: true, text: other.text }],
      label: `${other.label}_${name}`,
    },
  ];
}

/** The likeliest value of each required parameter, then the next likeliest of each that has one. */
function guessedCalls(parameters: readonly Parameter[]): readonly Call[] {
  const taking = required(parameters).map((parameter) => ({ parameter, values: firstValues(parameter) }));
  if (taking.some(({ values }) => values.length === 0)) return [];
  const rounds = Math.max(1, ...taking.map(({ values }) => values.length));
  return Array.from({ length: rounds }, (_, round) => ({
    label: "",
    arguments: taking.map(({ parameter: { name, kind }, values }) => ({
      parameter: kind === "var-positional" ? null : name,
      byKeyword: kind === "keyword-only",
      text: values[Math.min(round, values.length - 1)] ?? "",
    })),
  }));
}

/** Parameters that a call must give values to; `*args` where they are all that there is: f(*numbers). */
function required(parameters: readonly Parameter[]): readonly Parameter[] {
  const named = parameters.filter(({ kind }) => !kind.startsWith("var-"));
  return named.length > 0
    ? named.filter(({ default: standard }) => standard === null)
    : parameters.filter(({ kind }) => kind === "var-positional");
}
