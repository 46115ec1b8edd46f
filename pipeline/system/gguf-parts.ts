import { hashValue } from "./hash.js";

/** A model that is a GGUF file in several parts, or one of them. */
export interface Part {
  readonly sha256: string;
  readonly bytes: number;
}

/**
 * All parts of a model, in order, by the path of any of them: llama.cpp calls them NAME-00001-of-00003.gguf, loads the
 * first, and finds the others beside it. null where the path is no part of several.
 */
export function partsOf(path: string): readonly [string, ...string[]] | null {
  const [, before, number, count] = /^(.*)-(\d{5})-of-(\d{5})\.gguf$/u.exec(path) ?? [];
  const total = Number(count);
  if (before === undefined || total < 2 || Number(number) < 1 || Number(number) > total) return null;
  const part = (index: number) => `${before}-${String(index).padStart(5, "0")}-of-${count ?? ""}.gguf`;
  return [part(1), ...Array.from({ length: total - 1 }, (_, index) => part(index + 2))];
}

/** By what a model in parts is known: all of them, in order. */
export function wholeOf(parts: readonly Part[]): Part {
  return {
    sha256: hashValue(parts.map(({ sha256 }) => sha256)),
    bytes: parts.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}
