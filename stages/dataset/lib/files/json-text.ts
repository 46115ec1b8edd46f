/** How a line of JSON is written, by the names that pipeline files use. */
export const jsonStyles = ["compact", "python"] as const;
/** How a line of JSON is written. */
export type JsonStyle = (typeof jsonStyles)[number];

/** A value as JSON: without spaces, or as Python's `json.dumps(value, ensure_ascii=False)` writes it. */
export function jsonText(value: unknown, style: JsonStyle): string {
  return style === "compact" ? JSON.stringify(value) : asPython(value);
}

function asPython(value: unknown): string {
  if (typeof value === "number") return numberAsPython(value);
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(asPython).join(", ")}]`;
  const pairs = Object.entries(value).map(([key, inner]) => `${JSON.stringify(key)}: ${asPython(inner)}`);
  return `{${pairs.join(", ")}}`;
}

/** Python writes a fraction's exponent with two digits, and one from 1e-4 down; whole numbers are written out. */
function numberAsPython(value: number): string {
  if (Number.isSafeInteger(value)) return String(value);
  const [digits = "", exponent] = value.toExponential().split("e");
  const power = Number(exponent);
  if (power >= -4 && power < 16) return Number.isInteger(value) ? `${value.toFixed(0)}.0` : String(value);
  return `${digits}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
}
