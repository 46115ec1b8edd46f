import { z } from "zod";

const Dependency = z.union([
  z.string().transform((version) => ({ version })),
  z.object({
    version: z.string().optional(),
    optional: z.boolean().optional(),
    markers: z.string().optional(),
    extras: z.array(z.string()).optional(),
  }),
]);

/**
 * Poetry's own table of dependencies as requirement lines. What is optional, or comes from a path or an address,
 * is left out; several variants of one package leave its version open.
 */
export function poetryRequirements(dependencies: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(dependencies).flatMap(([name, written]) => {
    if (name.toLowerCase() === "python") return [];
    if (Array.isArray(written)) return [name];
    const { success, data } = Dependency.safeParse(written);
    if (!success) return [name];
    const facts: {
      version?: string | undefined;
      optional?: boolean | undefined;
      markers?: string | undefined;
      extras?: string[] | undefined;
    } = data;
    if (facts.optional === true || facts.version === undefined) return [];
    const extras = facts.extras === undefined ? "" : `[${facts.extras.join(",")}]`;
    return [`${name}${extras}${constraint(facts.version)}${facts.markers === undefined ? "" : `; ${facts.markers}`}`];
  });
}

/**
 * ^1.2.3 allows what keeps the first number that is not 0; ~1.2.3 what keeps the second. Alternatives (||) leave the
 * version open.
 */
function constraint(version: string): string {
  if (version.includes("||")) return "";
  return version
    .split(",")
    .map((part) => part.trim())
    .flatMap((part) => {
      if (part === "*" || part === "") return [];
      const [, operator, numbers] = /^([\^~])\s*(\d+(?:\.\d+)*)/u.exec(part) ?? [];
      if (numbers !== undefined)
        return [`>=${numbers}`, `<${upperBound(operator === "^", numbers.split(".").map(Number))}`];
      if (/^\d/u.test(part)) return [`==${part}`];
      return [part.replaceAll(" ", "")];
    })
    .join(",");
}

function upperBound(caret: boolean, numbers: readonly number[]): string {
  const firstUsed = numbers.findIndex((number) => number !== 0);
  const kept = caret ? (firstUsed === -1 ? numbers.length - 1 : firstUsed) : Math.min(1, numbers.length - 1);
  return numbers
    .slice(0, kept + 1)
    .map((number, index) => (index === kept ? number + 1 : number))
    .join(".");
}
