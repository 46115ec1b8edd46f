import { PipelineError } from "../../../system/errors.js";
import type { Path } from "../located.js";
import type { PlacedSetting } from "../settings.js";
import { suggestion } from "../../../system/suggest.js";
import type { Parameter, ParameterTarget } from "./parameter.js";

/** A value of a parameter, as a command or a program gives it. */
export interface GivenParameter {
  readonly name: string;
  readonly value: unknown;
  /** As it was written, for errors: `--limit 5`. */
  readonly text: string;
}

/** What the values of parameters come to: settings of the file, and steps that are left out. */
export interface Meant {
  readonly settings: readonly PlacedSetting[];
  readonly leftOut: readonly string[];
}

/**
 * What a value means in the file. Throws a PipelineError (usage) where the file has no such parameter, or the parameter
 * no such value.
 * @param written what the file says at a place
 */
export function meaningOf(
  { name, value, text }: GivenParameter,
  parameters: readonly Parameter[],
  written: (place: Path) => unknown,
): Meant {
  const parameter = parameters.find((each) => each.name === name);
  if (parameter === undefined) {
    const names = parameters.map((each) => each.name);
    throw new PipelineError(`this pipeline has no parameter "${name}": ${text}`, {
      code: "usage",
      hint:
        names.length === 0
          ? 'declare it in the file, under "parameters", with the option that it sets: pipeline config schema'
          : suggestion(name, names, "Its parameters are:"),
    });
  }
  if (parameter.declared.divides !== undefined) return divided([value].flat(), parameter, { text, written });
  expectKnown(value, parameter, text);
  return {
    settings: parameter.targets.flatMap((target) => setting(value, target, text)),
    leftOut: stepsWithout(value, parameter),
  };
}

function setting(value: unknown, { place, isList, values }: ParameterTarget, text: string): PlacedSetting[] {
  const origin = { from: "command line" as const, text };
  if (values === null) return [{ place, value: isList ? [value].flat() : value, text, origin }];
  const key = String(value);
  return Object.hasOwn(values, key) ? [{ place, value: values[key], text, origin }] : [];
}

/** What no option takes, and so no option checks. */
function expectKnown(value: unknown, { name, type: { kind, choices }, steps }: Parameter, text: string): void {
  const isBoolean = kind === "boolean";
  if (isBoolean ? typeof value === "boolean" : steps.size === 0 && choices.length === 0) return;
  const wrong = isBoolean ? [value] : [value].flat().filter((each) => !choices.includes(String(each)));
  const [first] = wrong;
  if (first === undefined && [value].flat().length > 0) return;
  const shown = JSON.stringify(first ?? "");
  throw new PipelineError(`"${name}" cannot be ${shown}: ${text}`, {
    code: "usage",
    hint: isBoolean ? "expected true or false" : suggestion(shown.replaceAll('"', ""), choices, "It can be:"),
  });
}

/** Steps of the words that are not among those given; those that another word keeps stay. */
function stepsWithout(value: unknown, { steps }: Parameter): string[] {
  const whole = steps.get("");
  if (whole !== undefined) return value === false ? [...whole] : [];
  const words = [value].flat().map(String);
  const kept = new Set(words.flatMap((word) => steps.get(word) ?? []));
  return [...steps].flatMap(([word, ids]) => (words.includes(word) ? [] : ids)).filter((id) => !kept.has(id));
}

/**
 * Each item to the option that names it already, any other to the first; steps that are left with none are left out.
 */
function divided(
  items: readonly unknown[],
  { targets }: Parameter,
  { text, written }: { readonly text: string; readonly written: (place: Path) => unknown },
): Meant {
  const [first, ...others] = targets;
  const named = ({ place }: ParameterTarget) => [written(place)].flat();
  const shares = new Map<ParameterTarget, readonly unknown[]>(
    others.map((target) => [target, items.filter((item) => named(target).includes(item))]),
  );
  const elsewhere = new Set([...shares.values()].flat());
  if (first !== undefined)
    shares.set(
      first,
      items.filter((item) => !elsewhere.has(item)),
    );
  const isAsWritten = (target: ParameterTarget, { length }: readonly unknown[]) =>
    target !== first && named(target).length === length;
  return {
    settings: [...shares].flatMap(([target, share]) =>
      share.length === 0 || isAsWritten(target, share) ? [] : setting(share, { ...target, isList: true }, text),
    ),
    leftOut: [...shares].flatMap(([{ step }, share]) => (share.length === 0 && step !== null ? [step] : [])),
  };
}
