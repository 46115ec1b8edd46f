import type { Emit } from "../../contract/events.js";
import type { ItemWord } from "../../partition/protocol.js";

/** Tells what a partition says of its items as events of the run. */
export function tellItems(step: string, emit: Emit): (word: ItemWord) => void {
  return (word) => {
    if (word.type === "started") emit({ type: "item-started", step, item: word.id, about: word.about });
    else {
      const { type: _, id, ...finished } = word;
      emit({ type: "item-finished", step, item: id, ...finished });
    }
  };
}
