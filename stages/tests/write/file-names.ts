import { sha256 } from "../../../pipeline/system/hash.js";

/**
 * The test file of each source file: `test_<stem>.py`; where another file of the source has the same stem, with as
 * many of its folders before it as tell them apart: `test_shop_prices.py`. All in one folder, since pytest wants the
 * names of test files to differ. A package's `__init__.py` goes by the name of the package.
 * @param paths of all source files, POSIX: a name does not depend on which of them tests are written for
 */
export function testFileNames(paths: readonly string[]): ReadonlyMap<string, string> {
  const endings = new Map(paths.map((path) => [path, endingsOf(path)]));
  const owners = new Map<string, number>();
  for (const ending of [...endings.values()].flat()) owners.set(ending, (owners.get(ending) ?? 0) + 1);
  const wholes = new Map<string, number>();
  for (const own of endings.values()) wholes.set(own.at(-1) ?? "", (wholes.get(own.at(-1) ?? "") ?? 0) + 1);

  return new Map(
    [...endings].map(([path, own]) => {
      const whole = own.at(-1) ?? "";
      const name =
        own.find((ending) => owners.get(ending) === 1) ??
        (wholes.get(whole) === 1 ? whole : `${whole}_${sha256(path).slice(0, 6)}`);
      return [path, `test_${name}.py`];
    }),
  );
}

/** prices, shop_prices, src_shop_prices. */
function endingsOf(path: string): string[] {
  const parts = path.replace(/\.py$/u, "").split("/");
  if (parts.length > 1 && parts.at(-1) === "__init__") parts.pop();
  return parts.map((_, index) => parts.slice(parts.length - 1 - index).join("_"));
}
