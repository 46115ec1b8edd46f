import { bytes } from "../system/byte-size.js";

const integers = new Intl.NumberFormat("en-GB");

/** 3180 -> "3,180" */
export function count(value: number): string {
  return integers.format(value);
}

/** "1 file", "3,180 files" */
export function counted(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? "" : "s"}`;
}

/** What a user calls records of a kind, in the singular. */
export function nounOf(kind: string): string {
  return nouns[kind] ?? kind.toLowerCase();
}

const nouns: Readonly<Record<string, string>> = {
  SourceFile: "file",
  Artifact: "file",
  Target: "target",
  Shard: "shard",
  Example: "example",
  Conversation: "conversation",
  Score: "score",
};

/** How long something took: "0.4 s", "42 s", "2:31", "1:02:31". */
export function duration(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  return seconds < 59.5 ? `${Math.round(seconds)} s` : clock(seconds);
}

/** A running time: "0:07", "2:31", "1:02:31". */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (value: number) => String(value).padStart(2, "0");
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** "40 MB of 491 MB  ETA 0:21" */
export function transferText(
  { done, total }: { readonly done: number; readonly total: number | null },
  secondsLeft: number | null,
): string {
  return [
    `${bytes(done)}${total === null ? "" : ` of ${bytes(total)}`}`,
    ...(secondsLeft === null ? [] : [`ETA ${clock(secondsLeft)}`]),
  ].join("  ");
}

/** "96/s", "3.2/s", "0.05/s" */
export function rate(perSecond: number): string {
  return `${perSecond >= 10 ? count(Math.round(perSecond)) : perSecond.toPrecision(perSecond >= 1 ? 2 : 1)}/s`;
}

/** A share in whole per cent, rounded down so that 100 % means all: "99 %". All of nothing is 100 %. */
export function percent(part: number, whole: number): string {
  return `${whole === 0 ? 100 : Math.floor((part / whole) * 100)} %`;
}
