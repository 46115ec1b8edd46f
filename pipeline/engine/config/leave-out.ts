import { inputKinds } from "../../contract/stage.js";
import type { Step } from "./pipeline.js";

/**
 * The steps without some of them. What reads from one that is gone reads what came into that, where it only passed
 * records of one kind on; from any other, it reads no more. A step that reads nothing stays as long as another that
 * stays reads from it.
 */
export function leaveOut(steps: readonly Step[], ids: readonly string[]): Step[] {
  const isSource = (id: string) => steps.find((step) => step.id === id)?.from.size === 0;
  const isRead = (id: string) =>
    steps.some((step) => !ids.includes(step.id) && [...step.from.values()].some((sources) => sources.includes(id)));
  return ids.filter((id) => !(isSource(id) && isRead(id))).reduce(withoutStep, [...steps]);
}

function withoutStep(steps: Step[], gone: string): Step[] {
  const step = steps.find(({ id }) => id === gone);
  if (step === undefined) return steps;
  const instead = passesOn(step) ? (step.from.get("") ?? []) : [];
  const past = (ids: readonly string[]) => ids.flatMap((id) => (id === gone ? instead : [id]));
  return steps
    .filter(({ id }) => id !== gone)
    .map((other) => ({ ...other, from: new Map([...other.from].map(([input, ids]) => [input, past(ids)])) }));
}

function passesOn({ stage }: Step): boolean {
  const kinds = inputKinds(stage);
  return kinds.size === 1 && kinds.get("")?.name === stage.writes.name;
}
