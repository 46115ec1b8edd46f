import { z } from "zod";
import { PipelineError } from "../../../pipeline/system/errors.js";
import { type Reason, reason } from "../../../pipeline/contract/reasons.js";
import type { SourceTree } from "../../../pipeline/contract/sources.js";
import { normaliseLicence, permits } from "../../../pipeline/contract/spdx.js";

const permissive = [
  "MIT",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "Apache-2.0",
  "ISC",
  "0BSD",
  "Unlicense",
  "PSF-2.0",
  "Python-2.0",
  "Zlib",
];
const licenceName = z.string().refine((name) => normaliseLicence(name) !== null, {
  error: ({ input }) => `"${String(input)}" is not an SPDX licence identifier, such as MIT or Apache-2.0`,
});

/** The option that says under which licences a step takes files. */
export const allowedLicences = z
  .array(licenceName)
  .default(permissive)
  .describe("SPDX identifiers of the licences that are allowed; folders of your own always are");

/** What a source's files may be used under. */
export interface SourceGate {
  /** Why the source as a whole is left out; null where it is used. */
  readonly refusal: Reason | null;
  /**
   * The licence of one file: what its own header names, else the source's, with that of the folders which bring one of
   * their own. The reason is null where the source as a whole is left out.
   */
  ofFile(path: string, text: string): { readonly expression: string } | { readonly reason: Reason | null };
}

interface GateOptions {
  readonly licences: readonly string[];
  readonly allowUnknownLicence: readonly string[];
}

/**
 * Decides which code may be used. A source is left out by its licence, save those of its files that name another one in
 * their own header.
 */
export function licenceGate(
  { licences, allowUnknownLicence }: GateOptions,
  trees: readonly SourceTree[],
): (tree: SourceTree) => SourceGate {
  expectKnown(allowUnknownLicence, trees);
  const allowed = [...licences, "LicenseRef-own"];

  return (tree) => {
    const mayBeUnknown = allowUnknownLicence.includes(tree.name);
    const unlisted = (stranger: string, where: string) =>
      reason("licence", `licence: ${stranger} is not among licences (${where})`);
    const { expression, evidence } = tree.licence;
    const refusal = sourceRefusal();

    function sourceRefusal(): Reason | null {
      if (expression === null) return mayBeUnknown ? null : reason("licence", `licence: unknown (${evidence})`);
      return permits(allowed, expression) ? null : unlisted(expression, evidence);
    }

    function fromFolders(path: string): ReturnType<SourceGate["ofFile"]> {
      const binding = (tree.licence.folders ?? []).filter((folder) => path.startsWith(`${folder.path}/`));
      const stranger = binding.find(
        (folder) => !permits([...allowed, ...(mayBeUnknown ? ["LicenseRef-unknown"] : [])], folder.expression),
      );
      if (stranger !== undefined) return { reason: unlisted(stranger.expression, stranger.evidence) };
      const all = [expression ?? "LicenseRef-unknown", ...binding.map((folder) => folder.expression)];
      return { expression: normaliseLicence(all.map((one) => `(${one})`).join(" AND ")) ?? "LicenseRef-unknown" };
    }

    return {
      refusal,
      ofFile(path, text) {
        const header = licenceHeader(text);
        if (header === null) return refusal === null ? fromFolders(path) : { reason: null };
        const own = normaliseLicence(header);
        if (own === null)
          return mayBeUnknown
            ? { expression: "LicenseRef-unknown" }
            : { reason: reason("licence", `licence: unknown (its header names "${header}")`) };
        return permits(allowed, own) ? { expression: own } : { reason: unlisted(own, "its own header") };
      },
    };
  };
}

/** The SPDX expression in the comments that a file begins with; several bind together. */
function licenceHeader(text: string): string | null {
  const found: string[] = [];
  for (const line of text.split("\n", 60)) {
    if (!/^\s*(?:#|\/\/|\/?\*|<!--|;|--|\.\.|%|$)/u.test(line)) break;
    const [, expression] = /SPDX-License-Identifier:\s*(.+?)\s*(?:\*\/|-->)?\s*$/u.exec(line) ?? [];
    if (expression !== undefined) found.push(expression);
  }
  return found.length === 0
    ? null
    : found.map((expression) => (found.length > 1 ? `(${expression})` : expression)).join(" AND ");
}

function expectKnown(names: readonly string[], trees: readonly SourceTree[]): void {
  const known = trees.map(({ name }) => name);
  const stray = names.find((name) => !known.includes(name));
  if (stray === undefined) return;
  throw new PipelineError(`allowUnknownLicence names "${stray}", which is none of the sources`, {
    code: "config",
    option: ["allowUnknownLicence", names.indexOf(stray)],
    hint: `the sources are: ${known.join(", ")}`,
  });
}
