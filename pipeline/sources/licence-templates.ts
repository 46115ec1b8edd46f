import { createRequire } from "node:module";
import { isCopyright, isTitle } from "./licence-rest.js";
import { wordsOf } from "./licence-words.js";

/** The words of a licence that a file must hold to be under it. */
export interface Template {
  readonly id: string;
  readonly words: readonly string[];
  /** Words from here on may be left out: how to apply the licence, not what it says. */
  readonly optionalFrom: number;
  /** Runs of four words, to see quickly whether it may be there. */
  readonly runs: readonly string[];
}

/** The licences that are known by their text, longest first: a longer one may hold all of a shorter one. Read once. */
export function licenceTemplates(): readonly Template[] {
  return (templates ??= readTemplates());
}

let templates: readonly Template[] | undefined;

/** Of licences that differ by "or later" alone, `-only` is the strict reading of a text that leaves it open. */
const known = [
  "MIT",
  "MIT-0",
  "X11",
  "MIT-CMU",
  "BSD-4-Clause",
  "BSD-3-Clause",
  "BSD-3-Clause-Clear",
  "BSD-2-Clause",
  "BSD-1-Clause",
  "Apache-2.0",
  "Apache-1.1",
  "ISC",
  "0BSD",
  "HPND",
  "MPL-2.0",
  "MPL-1.1",
  "AGPL-3.0-only",
  "LGPL-3.0-only",
  "LGPL-2.1-only",
  "LGPL-2.0-only",
  "GPL-3.0-only",
  "GPL-2.0-only",
  "Unlicense",
  "Python-2.0",
  "PSF-2.0",
  "Zlib",
  "BSL-1.0",
  "CC0-1.0",
  "CC-BY-4.0",
  "CC-BY-SA-4.0",
  "CC-BY-NC-4.0",
  "CC-BY-NC-SA-4.0",
  "EPL-2.0",
  "EPL-1.0",
  "EUPL-1.2",
  "BUSL-1.1",
  "SSPL-1.0",
  "Elastic-2.0",
  "Artistic-2.0",
  "WTFPL",
  "BlueOak-1.0.0",
  "UPL-1.0",
  "MulanPSL-2.0",
  "ZPL-2.1",
  "OFL-1.1",
  "NCSA",
  "PostgreSQL",
] as const;

/** Notices that a licence asks to be put at the top of files, and a condition that SPDX does not list. */
const notices: readonly (readonly [id: string, text: string, optionalFrom?: string])[] = [
  [
    "Apache-2.0",
    `Licensed under the Apache License, Version 2.0 (the "License"); you may not use this file except in compliance
    with the License. You may obtain a copy of the License at. Unless required by applicable law or agreed to in
    writing, software distributed under the License is distributed on an "AS IS" BASIS, WITHOUT WARRANTIES OR CONDITIONS
    OF ANY KIND, either express or implied. See the License for the specific language governing permissions and
    limitations under the License.`,
    "except in compliance",
  ],
  [
    "MPL-2.0",
    `This Source Code Form is subject to the terms of the Mozilla Public License, v. 2.0. If a copy of the MPL was not
    distributed with this file, You can obtain one at`,
  ],
  [
    "LicenseRef-Commons-Clause",
    `"Commons Clause" License Condition v1.0. The Software is provided to you by the Licensor under the License, as
    defined below, subject to the following condition. Without limiting other conditions in the License, the grant of
    rights under the License will not include, and the License does not grant to you, the right to Sell the Software.
    For purposes of the foregoing, "Sell" means practicing any or all of the rights granted to you under the License to
    provide to third parties, for a fee or other consideration (including without limitation fees for hosting or
    consulting/ support services related to the Software), a product or service whose value derives, entirely or
    substantially, from the functionality of the Software. Any license notice or attribution required by the License
    must also include this Commons Clause License Condition notice. Software: License: Licensor:`,
    "without limiting other conditions",
  ],
];

function readTemplates(): Template[] {
  const require = createRequire(import.meta.url);
  const textOf = (id: string) =>
    (require(`spdx-license-list/licenses/${id}.json`) as { licenseText: string }).licenseText;
  const whole = known.map((id) => makeTemplate(id, ownText(id, textOf(id)), "end of terms and conditions"));
  // The older wording of its third condition, which many projects use.
  whole.push(
    makeTemplate(
      "BSD-3-Clause",
      textOf("BSD-3-Clause").replace(
        /Neither the name of.* may be used/su,
        "The names of the contributors may not be used",
      ),
    ),
  );
  const short = notices.map(([id, text, optional]) => makeTemplate(id, text, optional));
  return [...whole, ...short].toSorted((one, other) => other.words.length - one.words.length);
}

/** SPDX gives LGPL 3 together with the text of GPL 3, on which it stands, and GPL 2 without its last words. */
function ownText(id: string, text: string): string {
  if (id === "GPL-2.0-only") return text + endOfGpl2;
  return id === "LGPL-3.0-only" ? text.slice(0, text.indexOf("GNU GENERAL PUBLIC LICENSE")) : text;
}

const endOfGpl2 = `
This General Public License does not permit incorporating your program into proprietary programs. If your program is a
subroutine library, you may consider it more useful to permit linking proprietary applications with the library. If this
is what you want to do, use the GNU Lesser General Public License instead of this License.`;

/** Whose work it is, and what the licence is called, are no part of what a file must hold. */
function makeTemplate(id: string, text: string, optional = "\0"): Template {
  const lines = text.split("\n");
  const first = lines.findIndex((line) => !isCopyright(line) && !isTitle(wordsOf(line).map(({ word }) => word)));
  const words = wordsOf(lines.slice(first).join("\n")).map(({ word }) => word);
  const at = ` ${words.join(" ")} `.indexOf(` ${optional} `);
  return {
    id,
    words,
    optionalFrom: at < 0 ? words.length : ` ${words.join(" ")} `.slice(0, at).split(" ").length - 1,
    runs: runsOf(words),
  };
}

/** Runs of four words. */
export function runsOf(words: readonly string[]): string[] {
  return words.slice(3).map((_, at) => words.slice(at, at + 4).join(" "));
}
