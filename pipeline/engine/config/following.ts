import { type ConfigSource, mistake, valueAt } from "./issues.js";
import type { Path } from "./located.js";
import type { Mistakes } from "./mistakes.js";
import { suggestion } from "../../system/suggest.js";
import type { WiredStep } from "./wiring.js";

interface Following {
  readonly steps: readonly WiredStep[];
  readonly source: ConfigSource;
  readonly mistakes: Mistakes;
}

/** `${STEP.OPTION}`, and nothing else: a text that only holds such a thing is left as it is. */
const other = /^\$\{([\w-]+)((?:\.[\w-]+)+)\}$/u;

/**
 * The pipeline's value in which every option that is written as `${STEP.OPTION}` has the value of that step's option,
 * as it was set. What follows nothing, or itself, is noted as a mistake at the user's own line.
 */
export function followOptions(following: Following): unknown {
  const whole = following.source.value;
  const steps = (whole as { steps?: unknown } | null)?.steps;
  if (!Array.isArray(steps)) return whole;
  const followed = steps.map((step: unknown, index) => {
    const options = (step as { with?: unknown } | null)?.with;
    return options === undefined
      ? step
      : { ...(step as object), with: followIn(options, ["steps", index, "with"], following) };
  });
  return { ...(whole as object), steps: followed };
}

function followIn(value: unknown, path: Path, following: Following): unknown {
  if (typeof value === "string" && other.test(value)) return valueOf(value, { path, within: [] }, following);
  if (Array.isArray(value)) return value.map((item: unknown, index) => followIn(item, [...path, index], following));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, followIn(inner, [...path, key], following)]),
  );
}

/** The value at the end, where one option follows another that follows a third. */
function valueOf(
  written: string,
  { path, within }: { readonly path: Path; readonly within: readonly string[] },
  following: Following,
): unknown {
  const { steps, source, mistakes } = following;
  const [, step = "", option = ""] = other.exec(written) ?? [];
  const refuse = (message: string, hint: string): string => {
    mistakes.add(mistake(`${written} ${message}`, { hint, path, source }));
    return written;
  };
  if (within.includes(written)) return refuse("follows itself", `write a value for one of: ${within.join(", ")}`);
  const ids = steps.map(({ id }) => id);
  if (!ids.includes(step)) return refuse("names no step of this pipeline", suggestion(step, ids, "Its steps are:"));
  const options = valueAt(source.value, ["steps", ids.indexOf(step), "with"]);
  const parts = option.slice(1).split(".");
  // What is on the way may follow another option itself.
  const value = parts.reduce<unknown>((around, part) => {
    const inner = valueAt(around, [part]);
    const isOther = typeof inner === "string" && other.test(inner);
    return isOther ? valueOf(inner, { path, within: [...within, written] }, following) : inner;
  }, options);
  if (value !== undefined) return value;
  const known = typeof options === "object" && options !== null ? Object.keys(options) : [];
  return refuse(
    `names what the step "${step}" does not say`,
    suggestion(parts.join("."), known, `Write it there; its options are:`),
  );
}
