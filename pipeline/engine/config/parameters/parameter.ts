import type { Location } from "../../../system/errors.js";
import type { Path } from "../located.js";
import type { OptionType } from "./option-type.js";
import type { RawParameter } from "./schema.js";

/** What a pipeline file lets a user set by a name of its own: on the command line, `--NAME VALUE`. */
export interface Parameter {
  readonly name: string;
  /** As the file declares it. */
  readonly declared: RawParameter;
  readonly type: OptionType;
  readonly targets: readonly ParameterTarget[];
  /** Ids of the steps that can be left out, by the word that keeps them; "" where they are kept or left as a whole. */
  readonly steps: ReadonlyMap<string, readonly string[]>;
  /** The value of what it sets where it is not given; undefined where that has none. */
  readonly unlessTold: unknown;
  /** Where its name stands. */
  readonly location: Location;
}

/** An option that a parameter sets. */
export interface ParameterTarget {
  /** Its place in the file: ["steps", 2, "with", "limit"]. */
  readonly place: Path;
  /** Id of the step; null for what belongs to no step. */
  readonly step: string | null;
  /** Whether it takes a list. */
  readonly isList: boolean;
  /** What it is set to for each value of the parameter, as a text; null: to the value itself. */
  readonly values: Readonly<Record<string, unknown>> | null;
}
