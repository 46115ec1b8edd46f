import { freeMemory } from "../system/memory.js";
import { processBytes, shareMemory } from "./llama/layout.js";
import type { RunningModel } from "./running.js";

/** The models of a service that have been asked for, the one that was asked for longest ago first. */
export interface Tenants {
  readonly running: ReadonlyMap<string, RunningModel>;
  /** Bytes that all of them may take. */
  readonly budget: number;
  readonly free: (ref: string) => Promise<void>;
}

/**
 * Has memory for a process of a model at least: frees others, the one first that was not asked for longest, and gives
 * all that stay what memory there is. false: those that are in use leave no room.
 */
export async function makeRoom(ref: string, inUse: ReadonlySet<string>, tenants: Tenants): Promise<boolean> {
  const { running, budget, free } = tenants;
  const wanted = running.get(ref);
  const need = wanted?.need() ?? null;
  if (wanted === undefined || need === null) return true;
  const others = () =>
    [...running].flatMap(([name, model]) => {
      const least = model.need();
      // One that is in use and holds nothing yet is about to.
      const isHere = model.heldBytes() > 0 || inUse.has(name);
      return name === ref || least === null || !isHere ? [] : [{ name, model, need: least }];
    });
  const isShort = (): boolean => {
    const held = others();
    const least = held.reduce((sum, other) => sum + processBytes(other.need, 1), processBytes(need, 1));
    const isMissing = wanted.heldBytes() === 0 && freeMemory() < processBytes(need, 1);
    return held.length > 0 && (least > budget || isMissing);
  };
  for (const { name } of others()) {
    if (!isShort()) break;
    if (!inUse.has(name)) await free(name);
  }
  if (isShort()) return false;
  const staying = [...others(), { model: wanted, need }];
  const shares = shareMemory(
    budget,
    staying.map((each) => each.need),
  );
  await Promise.all(staying.map(async ({ model }, index) => await model.allow(shares[index] ?? 0)));
  return true;
}
