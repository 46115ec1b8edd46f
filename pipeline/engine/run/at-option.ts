import { PipelineError } from "../../system/errors.js";
import type { Step } from "../config/pipeline.js";

/** The error of a stage, with the place where the user wrote the option that it is about; any other as it is. */
export function atOption(error: unknown, { origin, location }: Pick<Step, "origin" | "location">): unknown {
  if (!(error instanceof PipelineError) || error.option === undefined || error.locations.length > 0) return error;
  const { message, code, hint, option } = error;
  const place = origin(option);
  const isBeside = place.from === "environment" || place.from === "command line";
  return new PipelineError(isBeside ? `${message} (set by ${place.text ?? place.from})` : message, {
    code,
    locations: isBeside ? [] : [place.location ?? location],
    option,
    cause: error,
    ...(hint !== undefined && { hint }),
  });
}
