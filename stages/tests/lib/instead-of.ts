import type { ModelInfo } from "../../../pipeline/contract/model.js";
import type { Context } from "../../../pipeline/contract/stage.js";

/** Says, on the screen and in the card, that another model was asked than the one that was wanted. */
export function tellInsteadOf(wanted: ModelInfo["insteadOf"], name: string, context: Pick<Context, "notice">): void {
  if (wanted === undefined) return;
  context.notice(`the model ${wanted} could not be had from any of its places: ${name} was asked in its place`);
}
