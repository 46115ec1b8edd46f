/** A point with its interval as a line behind it, of data with the fields value, low and high. */
export function intervals<X extends object, Y extends object, C extends object>(x: X, y: Y, color: C) {
  return [
    {
      mark: { type: "rule", strokeWidth: 2.5, strokeCap: "round", opacity: 0.55 } as const,
      encoding: { y, x: { field: "low", ...x }, x2: { field: "high" }, color },
    },
    {
      mark: { type: "point", filled: true, size: 70, opacity: 1 } as const,
      encoding: { y, x: { field: "value", ...x }, color },
    },
  ];
}
