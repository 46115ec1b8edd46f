import prettyBytes from "pretty-bytes";

/** Bytes as people read them: 491 MB, 1.1 GB. */
export function bytes(value: number): string {
  return prettyBytes(value, { maximumFractionDigits: value < 1e9 ? 0 : 1 });
}

const units: Readonly<Record<string, number>> = {
  "": 1,
  k: 1e3,
  m: 1e6,
  g: 1e9,
  t: 1e12,
  ki: 2 ** 10,
  mi: 2 ** 20,
  gi: 2 ** 30,
  ti: 2 ** 40,
};

/** Bytes of a size as people write it: 10GB, 500 MB, 1.5GiB, 2g, 1000. null where it is none. */
export function parseByteSize(text: string): number | null {
  const [, number = "", unit = ""] = /^\s*(\d+(?:\.\d+)?)\s*([kmgt]i?|)b?\s*$/iu.exec(text) ?? [];
  const factor = units[unit.toLowerCase()];
  return number === "" || factor === undefined ? null : Math.floor(Number(number) * factor);
}
