import type { Target } from "../../python/lib/records.js";

/**
 * What the target or its helpers use of the clock, chance or the machine: their answers are another tomorrow. null
 * where nothing is seen.
 */
export function surroundingsUsed({ code, helpers }: Target): string | null {
  const text = [code, ...helpers].join("\n").replaceAll(/"""[^]*?"""|'''[^]*?'''|#.*/gu, "");
  return signs.exec(text)?.[0] ?? null;
}

const signs =
  /\brandom\b|\btime\.\w+|\btime\(\)|\b(?:utc)?now\(|\btoday\(|\buuid\d?\b|\burandom\b|\bsecrets\.|\benviron\b|\bgetenv\b|\bgetcwd\b|\bgetpid\b|\bgethostname\b|\bplatform\.\w+|\bgetlocale\b|\blocaltime\b|(?<![\w.])id\(|(?<![\w.])open\(|\bsubprocess\b|\bsocket\b|\bthreading\b/u;
