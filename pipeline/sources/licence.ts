import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { SourceLicence } from "../contract/sources.js";
import { licencesOf, normaliseLicence } from "../contract/spdx.js";
import { listFiles } from "./files.js";
import { readLicenceText, recogniseLicences } from "./licence-texts.js";

/** What a project's metadata says of its licence. */
export interface DeclaredLicence {
  /** An SPDX expression, from a field that is made for one. */
  readonly expression?: string | undefined;
  /** Free text: "MIT", "BSD", or a whole licence. */
  readonly text?: string | undefined;
  readonly classifiers: readonly string[];
}

/**
 * The licence of a source, from what its metadata declares and from its licence texts.
 * Where both speak and differ, both are taken to bind (`declared AND found`): whoever allows only one of them leaves
 * the source out. Where only a family is declared ("BSD"), the text decides; without one the licence is unknown. So it
 * is where a text is a licence in other words, or with other terms beside it, whatever is declared: what those ask is
 * not known.
 */
export async function tellLicence(
  declared: DeclaredLicence,
  folder: string,
  files: readonly string[],
): Promise<SourceLicence> {
  const { altered } = readLicenceText(isWholeText(declared.text ?? "") ? (declared.text ?? "") : "");
  if (altered !== null)
    return {
      expression: null,
      evidence: `metadata License is not ${altered.licence} alone: "${altered.excerpt}"`,
      files,
    };
  const said = readDeclaration(declared);
  const found = await readTexts(folder, files);
  return { ...combine(said, found), files };
}

/**
 * The folders inside a source that bring a licence text of their own, as vendored code does, nearest last.
 * Texts that are not recognised, and those that only repeat the source's licence, say nothing new.
 */
export async function tellFolderLicences(
  folder: string,
  expression: string | null,
  own: readonly string[],
): Promise<NonNullable<SourceLicence["folders"]>> {
  const known = new Set(own);
  const { files } = await listFiles(folder);
  const inner = files.filter(
    ({ path, link }) =>
      !link && path.includes("/") && isLicenceFile(path) && !known.has(path) && !/\.(?:dist|egg)-info\//u.test(path),
  );
  const found: { path: string; expression: string; evidence: string }[] = [];
  for (const place of new Set(inner.map(({ path }) => dirname(path)))) {
    const { licences, altered, evidence } = await readTexts(
      folder,
      inner.map(({ path }) => path).filter((path) => dirname(path) === place),
    );
    const told = altered ? "LicenseRef-unknown" : normaliseLicence(licences.join(" AND "));
    if (told !== null && (altered || expression === null || !agree(expression, licences)))
      found.push({ path: place, expression: told, evidence });
  }
  return found;
}

/**
 * Whether a file's name says that it holds a licence; NOTICE goes along with the licence, and says nothing about it.
 */
export function isLicenceFile(path: string): boolean {
  return (
    /^(?:.*[-_.])?(?:licen[cs]es?|copying|unlicen[cs]e|notice)(?:[-_.].*)?$/iu.test(baseName(path)) &&
    !/\.(?:py|pyi|pyc|json|html?|js|ts|toml|ya?ml|cfg|sh)$/iu.test(path)
  );
}

interface Declaration {
  /** What may be meant; one where it is certain. */
  readonly candidates: readonly string[];
  readonly evidence: string;
}

interface FoundTexts {
  readonly licences: readonly string[];
  /** Whether one of the texts is a licence with other terms. */
  readonly altered: boolean;
  readonly evidence: string;
}

function combine(said: Declaration | null, found: FoundTexts): Omit<SourceLicence, "files"> {
  if (found.altered)
    return { expression: null, evidence: `${said === null ? "" : `${said.evidence}, but `}${found.evidence}` };
  if (found.licences.length === 0) {
    if (said === null)
      return { expression: null, evidence: found.evidence || "neither its metadata nor a licence text names one" };
    const [only, ...more] = said.candidates;
    if (only !== undefined && more.length === 0) return { expression: only, evidence: said.evidence };
    return {
      expression: null,
      evidence: `${said.evidence}, which names no single licence${found.evidence && `; ${found.evidence}`}`,
    };
  }
  const text = found.licences.join(" AND ");
  if (said === null) return { expression: normaliseLicence(text), evidence: found.evidence };

  const agreed = said.candidates.find((candidate) => agree(candidate, found.licences));
  if (agreed !== undefined) return { expression: agreed, evidence: `${said.evidence}, ${found.evidence}` };
  const [only, ...more] = said.candidates;
  if (only === undefined || more.length > 0)
    return { expression: normaliseLicence(text), evidence: `${found.evidence}, but not ${said.evidence}` };
  const others = found.licences.filter((licence) => !agree(only, [licence]));
  return {
    expression: normaliseLicence([`(${only})`, ...others].join(" AND ")),
    evidence: `${said.evidence} says ${only}, but ${found.evidence} says ${text}: all are taken to bind`,
  };
}

/**
 * A text agrees where the declaration names it; whether a later version may be chosen is for the declaration to say.
 */
function agree(candidate: string, texts: readonly string[]): boolean {
  const names = new Set(licencesOf(candidate).map(family));
  return texts.every((licence) => names.has(family(licence)));
}

function family(licence: string): string {
  return licence.replace(/ WITH .*$/u, "").replace(/(?:-only|-or-later|\+)$/u, "");
}

async function readTexts(folder: string, files: readonly string[]): Promise<FoundTexts> {
  const licences = new Set<string>();
  const recognised: string[] = [];
  const unknown: string[] = [];
  const altered: string[] = [];
  for (const path of files.filter((file) => !/notice/iu.test(baseName(file)))) {
    const { licences: found, altered: like } = readLicenceText(await readFile(join(folder, path), "utf8"));
    for (const licence of found) licences.add(licence);
    if (like === null) (found.length > 0 ? recognised : unknown).push(path);
    else altered.push(`${path} is not ${like.licence} alone: "${like.excerpt}"`);
  }
  if (altered.length > 0) return { licences: [], altered: true, evidence: altered.join(", ") };
  // COPYING beside COPYING.LESSER is the way to hand out LGPL 3.
  if (licences.has("LGPL-3.0-only") && files.some((path) => /lesser/iu.test(path))) licences.delete("GPL-3.0-only");
  const evidence =
    recognised.length > 0
      ? recognised.join(", ")
      : unknown.map((path) => `${path} is not a text that is recognised`).join(", ");
  return { licences: [...licences], altered: false, evidence };
}

function readDeclaration({ expression, text, classifiers }: DeclaredLicence): Declaration | null {
  if (expression !== undefined) {
    const normal = normaliseLicence(expression);
    if (normal !== null) return { candidates: [normal], evidence: "metadata License-Expression" };
  }
  const fromText = text === undefined ? [] : readText(text);
  if (fromText.length === 1) return { candidates: fromText, evidence: "metadata License" };
  const fromClassifiers = classifiers.flatMap((line) => readClassifier(line) ?? []);
  if (fromClassifiers.length > 0) return joinClassifiers(fromClassifiers);
  if (fromText.length > 0) return { candidates: fromText, evidence: `metadata License "${text?.trim().slice(0, 40)}"` };
  return null;
}

/** Several classifiers are alternatives to trove and to no one else: taken together, as the strict reading. */
function joinClassifiers(found: readonly { candidates: readonly string[]; line: string }[]): Declaration {
  const evidence = `classifier ${found.map(({ line }) => `"${line.split(" :: ").at(-1)}"`).join(", ")}`;
  const [first] = found;
  if (first !== undefined && found.length === 1) return { candidates: first.candidates, evidence };
  const certain = found.flatMap(({ candidates }) => (candidates.length === 1 ? candidates : []));
  return { candidates: certain.length === found.length ? [[...new Set(certain)].join(" AND ")] : [], evidence };
}

/** Some put the whole licence into the field. */
function isWholeText(text: string): boolean {
  return text.trim().length > 200;
}

function readText(text: string): readonly string[] {
  const short = text.trim();
  if (isWholeText(short)) {
    const texts = recogniseLicences(short);
    return texts.length === 0 ? [] : [texts.join(" AND ")];
  }
  const expression = normaliseLicence(short);
  if (expression !== null) return [expression];
  const name = short
    .toLowerCase()
    .replaceAll(/[\s"',()]+/gu, " ")
    .trim();
  return names.find(([pattern]) => pattern.test(name))?.[1] ?? [];
}

const bsd = ["BSD-2-Clause", "BSD-3-Clause"] as const;

/** What people write in the License field. A name that fits several licences answers them all. */
const names: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^(?:the )?(?:mit|expat)(?: licen[cs]e)?$/u, ["MIT"]],
  [/^(?:the )?apache(?: software)?(?: licen[cs]e)?[ -]?(?:version |v)?2(?:\.0)?(?: licen[cs]e)?$/u, ["Apache-2.0"]],
  [/^(?:the )?apache(?: software)?(?: licen[cs]e)?$/u, ["Apache-2.0", "Apache-1.1", "Apache-1.0"]],
  [/^(?:the )?(?:new|modified|revised|3[ -]clause|three[ -]clause) bsd(?: licen[cs]e)?$/u, ["BSD-3-Clause"]],
  [/^bsd[ -]?3(?:[ -]clause)?(?: licen[cs]e)?$|^bsd licen[cs]e 3[ -]clause$/u, ["BSD-3-Clause"]],
  [/^(?:the )?(?:simplified|2[ -]clause|two[ -]clause|freebsd) bsd(?: licen[cs]e)?$/u, ["BSD-2-Clause"]],
  [/^bsd[ -]?2(?:[ -]clause)?(?: licen[cs]e)?$|^bsd licen[cs]e 2[ -]clause$/u, ["BSD-2-Clause"]],
  [/^(?:the )?bsd(?:[ -]style)?(?: licen[cs]e)?$/u, bsd],
  [/^(?:the )?isc(?: licen[cs]e)?(?: iscl)?$/u, ["ISC"]],
  [/^(?:mozilla public licen[cs]e|mpl)[ -]?(?:version |v)?2(?:\.0)?(?: mpl 2\.0)?$/u, ["MPL-2.0"]],
  [/^(?:psf|python software foundation)(?:[ -]licen[cs]e)?$|^psfl$/u, ["PSF-2.0", "Python-2.0"]],
  [/^(?:the )?unlicen[cs]e(?: unlicen[cs]e)?$/u, ["Unlicense"]],
  [/^(?:the )?zlib(?:\/libpng)?(?: licen[cs]e)?$/u, ["Zlib"]],
  [/^(?:gnu )?(?:general public licen[cs]e|gpl)[ -]?(?:version |v)?3(?:\.0)?$/u, ["GPL-3.0-only"]],
  [
    /^(?:gnu )?(?:general public licen[cs]e|gpl)[ -]?(?:version |v)?3(?:\.0)?(?:\+| or later.*)$/u,
    ["GPL-3.0-or-later"],
  ],
  [/^(?:gnu )?(?:general public licen[cs]e|gpl)[ -]?(?:version |v)?2(?:\.0)?$/u, ["GPL-2.0-only"]],
  [
    /^(?:gnu )?(?:general public licen[cs]e|gpl)[ -]?(?:version |v)?2(?:\.0)?(?:\+| or later.*)$/u,
    ["GPL-2.0-or-later"],
  ],
  [/^(?:gnu )?(?:lesser general public licen[cs]e|lgpl)[ -]?(?:version |v)?3(?:\.0)?$/u, ["LGPL-3.0-only"]],
  [
    /^(?:gnu )?(?:lesser general public licen[cs]e|lgpl)[ -]?(?:version |v)?3(?:\.0)?(?:\+| or later.*)$/u,
    ["LGPL-3.0-or-later"],
  ],
];

function readClassifier(line: string): { candidates: readonly string[]; line: string } | null {
  if (!line.startsWith("License :: ")) return null;
  const name = line.split(" :: ").at(-1) ?? "";
  if (name === "OSI Approved") return null;
  return { candidates: classifierLicences[name] ?? [], line };
}

/**
 * Trove's names. Those without a version stand for the version that everyone means today; "BSD License" stands for
 * several.
 */
const classifierLicences: Readonly<Record<string, readonly string[]>> = {
  "MIT License": ["MIT"],
  "MIT No Attribution License (MIT-0)": ["MIT-0"],
  "Apache Software License": ["Apache-2.0"],
  "BSD License": bsd,
  "ISC License (ISCL)": ["ISC"],
  "Zero-Clause BSD (0BSD)": ["0BSD"],
  "Mozilla Public License 2.0 (MPL 2.0)": ["MPL-2.0"],
  "Python Software Foundation License": ["PSF-2.0", "Python-2.0"],
  "The Unlicense (Unlicense)": ["Unlicense"],
  "zlib/libpng License": ["Zlib"],
  "Boost Software License 1.0 (BSL-1.0)": ["BSL-1.0"],
  "CC0 1.0 Universal (CC0 1.0) Public Domain Dedication": ["CC0-1.0"],
  "Eclipse Public License 2.0 (EPL-2.0)": ["EPL-2.0"],
  "European Union Public Licence 1.2 (EUPL 1.2)": ["EUPL-1.2"],
  "GNU General Public License v2 (GPLv2)": ["GPL-2.0-only"],
  "GNU General Public License v2 or later (GPLv2+)": ["GPL-2.0-or-later"],
  "GNU General Public License v3 (GPLv3)": ["GPL-3.0-only"],
  "GNU General Public License v3 or later (GPLv3+)": ["GPL-3.0-or-later"],
  "GNU Lesser General Public License v2 (LGPLv2)": ["LGPL-2.0-only"],
  "GNU Lesser General Public License v2 or later (LGPLv2+)": ["LGPL-2.0-or-later"],
  "GNU Lesser General Public License v3 (LGPLv3)": ["LGPL-3.0-only"],
  "GNU Lesser General Public License v3 or later (LGPLv3+)": ["LGPL-3.0-or-later"],
  "GNU Affero General Public License v3": ["AGPL-3.0-only"],
  "GNU Affero General Public License v3 or later (AGPLv3+)": ["AGPL-3.0-or-later"],
};

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
