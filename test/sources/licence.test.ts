import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { type DeclaredLicence, isLicenceFile, tellLicence } from "../../pipeline/sources/licence.js";
import { recogniseLicences } from "../../pipeline/sources/licence-texts.js";
import { temporaryFolder } from "../support/pipelines.js";

const texts = join(import.meta.dirname, "licence-texts");
const text = (id: string) => readFile(join(texts, `${id}.txt`), "utf8");

describe("recognises the text of", () => {
  it("every licence in the folder beside this file, and no other one in it", async () => {
    const names = (await readdir(texts)).map((file) => file.replace(/\.txt$/u, ""));
    expect(names.length).toBeGreaterThanOrEqual(19);
    const found = await Promise.all(names.map(async (name) => recogniseLicences(await text(name))));
    expect(found).toEqual(names.map((name) => [name]));
  });

  it("MIT, whatever its layout, quotation marks and comment signs", async () => {
    const mit = await text("MIT");
    expect(recogniseLicences(mit.replaceAll("\n", " "))).toEqual(["MIT"]);
    expect(recogniseLicences(mit.replaceAll(/^/gmu, "# ").replaceAll('"', "''"))).toEqual(["MIT"]);
  });

  it("several licences in one file", async () => {
    expect(recogniseLicences(`${await text("MIT")}\n${await text("Apache-2.0")}`)).toEqual(["MIT", "Apache-2.0"]);
    expect(recogniseLicences(`${await text("LGPL-3.0-only")}\n${await text("GPL-3.0-only")}`)).toEqual(["LGPL-3.0-only"]);
  });

  it("a licence's short notice", () => {
    expect(recogniseLicences('Licensed under the Apache License, Version 2.0 (the "License");\nyou may not use this file')).toEqual(["Apache-2.0"]);
  });

  it("nothing in prose about licences", () => {
    expect(recogniseLicences("This project is under the MIT license, or maybe the GPL. All rights reserved.")).toEqual([]);
  });
});

it.each([
  ["LICENSE", true], ["LICENCE.md", true], ["COPYING.LESSER", true], ["LICENSE-APACHE", true], ["MIT-LICENSE.txt", true], ["pkg/NOTICE", true], ["UNLICENSE", true],
  ["license.py", false], ["licensing.md", false], ["README.md", false], ["AUTHORS", false], ["notice_board.txt", true],
])("%s holds a licence: %s", (path, answer) => {
  expect(isLicenceFile(path)).toBe(answer);
});

describe("tells the licence", () => {
  const nothing: DeclaredLicence = { classifiers: [] };
  const classifier = (...names: string[]): DeclaredLicence => ({ classifiers: names.map((name) => `License :: OSI Approved :: ${name}`) });

  const table: readonly (readonly [string, DeclaredLicence, Readonly<Record<string, string>>, string | null])[] = [
    ["from License-Expression", { expression: "mit OR apache-2.0", classifiers: [] }, {}, "MIT OR Apache-2.0"],
    ["from License-Expression before classifiers", { expression: "MIT", classifiers: ["License :: OSI Approved :: BSD License"] }, {}, "MIT"],
    ["from the License field", { text: "Apache 2.0", classifiers: [] }, {}, "Apache-2.0"],
    ["from the License field, longer", { text: "Apache License, Version 2.0", classifiers: [] }, {}, "Apache-2.0"],
    ["from another spelling", { text: "BSD 3-Clause", classifiers: [] }, {}, "BSD-3-Clause"],
    ["from yet another spelling", { text: "3-Clause BSD License", classifiers: [] }, {}, "BSD-3-Clause"],
    ["from GPL with a plus", { text: "GPLv3+", classifiers: [] }, {}, "GPL-3.0-or-later"],
    ["from a classifier", classifier("MIT License"), {}, "MIT"],
    ["from a classifier for Apache", classifier("Apache Software License"), {}, "Apache-2.0"],
    ["from two classifiers, both of which bind", classifier("MIT License", "Apache Software License"), {}, "MIT AND Apache-2.0"],
    ["from a text alone", nothing, { LICENSE: "ISC" }, "ISC"],
    ["from two texts alone, both of which bind", nothing, { "LICENSE-MIT": "MIT", "LICENSE-BSD": "BSD-2-Clause" }, "BSD-2-Clause AND MIT"],
    ["of a choice that its texts bear out", { text: "MIT OR Apache-2.0", classifiers: [] }, { "LICENSE-MIT": "MIT", "LICENSE-APACHE": "Apache-2.0" }, "MIT OR Apache-2.0"],
    ["of a family, by the text", { text: "BSD", classifiers: [] }, { LICENSE: "BSD-3-Clause" }, "BSD-3-Clause"],
    ["of a family's classifier, by the text", classifier("BSD License"), { LICENSE: "BSD-2-Clause" }, "BSD-2-Clause"],
    ["or later, where the text leaves that open", classifier("GNU General Public License v3 or later (GPLv3+)"), { COPYING: "GPL-3.0-only" }, "GPL-3.0-or-later"],
    ["of LGPL 3, which comes with the GPL's text", nothing, { COPYING: "GPL-3.0-only", "COPYING.LESSER": "LGPL-3.0-only" }, "LGPL-3.0-only"],
    ["strictly where metadata and text differ", { text: "MIT", classifiers: [] }, { LICENSE: "GPL-3.0-only" }, "MIT AND GPL-3.0-only"],
    ["strictly where a choice and a text differ", { expression: "MIT OR ISC", classifiers: [] }, { LICENSE: "GPL-3.0-only" }, "(MIT OR ISC) AND GPL-3.0-only"],
    ["strictly where the text takes back what the metadata gives", { text: "MIT", classifiers: [] }, { LICENSE: "LicenseRef-Commons-Clause" }, "MIT AND LicenseRef-Commons-Clause"],
    ["from the metadata where the text is not known", { text: "MIT", classifiers: [] }, { LICENSE: "?" }, "MIT"],
    ["without heed of NOTICE", { text: "MIT", classifiers: [] }, { NOTICE: "Apache-2.0" }, "MIT"],
    ["not where nothing says it", nothing, {}, null],
    ["not of a family without a text", { text: "BSD", classifiers: [] }, {}, null],
    ["not of a text that is not known", nothing, { LICENSE: "?" }, null],
    ["not of words without meaning", { text: "see the website", classifiers: [] }, {}, null],
    ["not of a classifier that names no licence", { classifiers: ["License :: Other/Proprietary License"] }, {}, null],
    ["not of one classifier in two that names no licence", classifier("MIT License", "Strange License"), {}, null],
  ];
  it.each(table)("%s", async (_, declared, files, expression) => {
    const folder = await temporaryFolder();
    for (const [file, id] of Object.entries(files)) {
      await mkdir(dirname(join(folder, file)), { recursive: true });
      await writeFile(join(folder, file), id === "?" ? "Be kind, and you may use it." : await text(id));
    }
    const told = await tellLicence(declared, folder, Object.keys(files).toSorted());
    expect(told).toMatchObject({ expression, files: Object.keys(files).toSorted() });
    expect(told.evidence).not.toBe("");
  });

  it("with the reason where both speak and differ", async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, "LICENSE"), await text("GPL-3.0-only"));
    expect((await tellLicence({ text: "MIT", classifiers: [] }, folder, ["LICENSE"])).evidence).toBe("metadata License says MIT, but LICENSE says GPL-3.0-only: all are taken to bind");
  });
});
