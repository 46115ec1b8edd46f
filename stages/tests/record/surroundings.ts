import type { Target } from "../../python/lib/records.js";

/**
 * What the target or its helpers use of the clock, chance or the machine: their answers are another tomorrow. null
 * where nothing is seen.
 */
export function surroundingsUsed({ code, helpers }: Target): string | null {
  const text = [code, ...helpers].join("\n").replaceAll(/"""[^]*?"""|'''[^]*?'''|#.*/gu, "");
  return signs.exec(text)?.[0] ?? null;
}

const clock = /\btime\.\w+|\btime\(\)|\b(?:utc)?now\(|\btoday\(/u;
const chance = /\buuid\d?\b|\burandom\b|\bsecrets\./u;
const machine = /\benviron\b|\bgetenv\b|\bgetcwd\b|\bgetpid\b|\bgethostname\b|\bplatform\.\w+|\bgetlocale\b/u;
const world = /\blocaltime\b|(?<![\w.])id\(|(?<![\w.])open\(|\bsubprocess\b|\bsocket\b|\bthreading\b/u;

/** One expression, so that what stands first in the code is named. */
const signs = new RegExp([/\brandom\b/u, clock, chance, machine, world].map(({ source }) => source).join("|"), "u");
