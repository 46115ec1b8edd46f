import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  type DeclaredLicence,
  isLicenceFile,
  tellFolderLicences,
  tellLicence,
} from "../../pipeline/sources/licence.js";
import { licenceTemplates } from "../../pipeline/sources/licence-templates.js";
import { readLicenceText, recogniseLicences } from "../../pipeline/sources/licence-texts.js";
import { temporaryFolder } from "../support/pipelines.js";

const texts = join(import.meta.dirname, "licence-texts");

/** The text in the folder beside this file; of a licence that is not there, as SPDX gives it. */
async function text(id: string): Promise<string> {
  if (existsSync(join(texts, `${id}.txt`))) return await readFile(join(texts, `${id}.txt`), "utf8");
  return (createRequire(import.meta.url)(`spdx-license-list/licenses/${id}.json`) as { licenseText: string })
    .licenseText;
}

const mitOf = async (holder: string) => (await text("MIT")).replace(/(?<=Copyright \(c\) ).*/u, holder);

describe("recognises the text of", () => {
  it("every licence in the folder beside this file, and no other one in it", async () => {
    const names = (await readdir(texts)).map((file) => file.replace(/\.txt$/u, ""));
    expect(names.length).toBeGreaterThanOrEqual(19);
    expect(await Promise.all(names.map(async (name) => recogniseLicences(await text(name))))).toEqual(
      names.map((name) => [name]),
    );
  });

  it.each([...new Set(licenceTemplates().map(({ id }) => id))])("%s, and no other licence in it", async (id) => {
    expect(readLicenceText(await text(id))).toEqual({ licences: [id], altered: null });
  });

  it.each<[string, (mit: string) => string]>([
    ["on one line", (mit) => mit.replaceAll("\n", " ")],
    ["in lines of another length", (mit) => mit.replaceAll(/\s+/gu, " ").replaceAll(/(.{50}\S*) /gu, "$1\n")],
    ["with line ends of Windows", (mit) => mit.replaceAll("\n", "\r\n")],
    ["in comments of Python", (mit) => mit.replaceAll(/^/gmu, "# ").replaceAll('"', "''")],
    ["in a comment of C", (mit) => `/*\n${mit.replaceAll(/^/gmu, " * ")}\n */`],
    ["in capitals", (mit) => mit.toUpperCase()],
    ["in Markdown", (mit) => `# License\n\n${mit.replace('"Software"', '**"Software"**')}`],
    [
      "of several holders",
      (mit) =>
        mit.replace(
          "2024 Jane Doe",
          "2001-2026, Jane Doe <jane@example.org>\nCopyright © 2020 Acme, Inc. and its affiliates. All rights " +
            "reserved.\n  John Roe and others",
        ),
    ],
    ["of somebody whose name is a word of licences", (mit) => mit.replace("Jane Doe", "Will Grant")],
    [
      "under a sentence that names it",
      (mit) => `Toolz is released under the terms of the MIT license (see below).\n\n${mit}`,
    ],
    ["under its identifier", (mit) => `SPDX-License-Identifier: MIT\n\n${mit}`],
    ["twice", (mit) => `${mit}\n\n${mit.replace("Jane Doe", "John Roe")}`],
    [
      "with a notice of credits below",
      (mit) =>
        `${mit}\n\nNOTICE\n\nThis product includes software developed by\nThe Foo Project (https://foo.example/).\n`,
    ],
    [
      "with a remark in it that X.Org uses",
      (mit) => mit.replace("this permission notice", "this permission notice (including the next paragraph)"),
    ],
  ])("MIT %s", async (_, write) => {
    expect(readLicenceText(write(await mitOf("2024 Jane Doe")))).toEqual({ licences: ["MIT"], altered: null });
  });

  it("BSD with the name of an organisation, and in its older wording", async () => {
    const bsd = await text("BSD-3-Clause");
    expect(recogniseLicences(bsd.replaceAll("the copyright holder", "Acme Research, Inc."))).toEqual(["BSD-3-Clause"]);
    expect(
      recogniseLicences(
        bsd
          .replaceAll("COPYRIGHT HOLDER", "REGENTS")
          .replace(/Neither the name of.* may be used/u, "The names of the contributors may not be used"),
      ),
    ).toEqual(["BSD-3-Clause"]);
  });

  it("GPL without the part on how to apply it, and with another address", async () => {
    const gpl = await text("GPL-3.0-only");
    expect(recogniseLicences(gpl.slice(0, gpl.indexOf("END OF TERMS")))).toEqual(["GPL-3.0-only"]);
    expect(recogniseLicences(gpl.replaceAll(/<https?:[^>]*>/gu, "<https://www.gnu.org/>"))).toEqual(["GPL-3.0-only"]);
  });

  it("a choice that its first sentence names: both bind, in the strict reading", async () => {
    const both =
      `This project is dual-licensed under the MIT License or the Apache License 2.0, at your ` +
      `option.\n\n${await text("MIT")}\n\n${await text("Apache-2.0")}`;
    expect(recogniseLicences(both)).toEqual(["MIT", "Apache-2.0"]);
  });

  it("several licences in one file", async () => {
    expect(recogniseLicences(`${await text("MIT")}\n${await text("Apache-2.0")}`)).toEqual(["MIT", "Apache-2.0"]);
    expect(recogniseLicences(`${await text("LGPL-3.0-only")}\n${await text("GPL-3.0-only")}`)).toEqual([
      "LGPL-3.0-only",
    ]);
  });

  it("a licence's short notice", () => {
    expect(
      recogniseLicences('Licensed under the Apache License, Version 2.0 (the "License");\nyou may not use this file'),
    ).toEqual(["Apache-2.0"]);
  });

  it("nothing in a licence whose identifier names another", async () => {
    expect(recogniseLicences(`SPDX-License-Identifier: GPL-3.0-only\n\n${await text("MIT")}`)).toEqual([]);
  });

  it("nothing in prose about licences", () => {
    expect(recogniseLicences("This project is under the MIT license, or maybe the GPL. All rights reserved.")).toEqual(
      [],
    );
  });
});

describe("does not recognise a licence with one clause more", () => {
  const clauses = [
    "The Software shall not be used to build machine learning models.",
    "You agree not to train models on this.",
    "Commercial use requires a separate agreement.",
    "Non-commercial use only.",
    "The Software shall be used for Good, not Evil.",
    "No AI.",
    "Machine learning excluded",
    "This licence ends on 2030-01-01.",
    "Except for the folder data/, which is proprietary.",
    "Attribution in all derived datasets is mandatory.",
    "Please ask first.",
    "Nutzung zum Trainieren von KI ist verboten.",
    "禁止用于训练机器学习模型。",
  ];
  const places: readonly (readonly [string, (clause: string) => Promise<string>])[] = [
    ["after it", async (clause) => `${await mitOf("2024 Jane Doe")}\n\n${clause}\n`],
    ["before it", async (clause) => `${clause}\n\n${await mitOf("2024 Jane Doe")}`],
    [
      "between its paragraphs",
      async (clause) => (await mitOf("2024 Jane Doe")).replace("\n\nThe above", `\n\n${clause}\n\nThe above`),
    ],
    [
      "inside a sentence",
      async (clause) =>
        (await mitOf("2024 Jane Doe")).replace(/following\s+conditions:/u, `following conditions: ${clause}`),
    ],
    ["behind the holder's name", async (clause) => await mitOf(`2024 Jane Doe. ${clause}`)],
    ["on the one line of all", async (clause) => `${(await mitOf("2024 Jane Doe")).replaceAll("\n", " ")} ${clause}`],
    [
      "as another condition of BSD",
      async (clause) => (await text("BSD-3-Clause")).replace("\n\nTHIS SOFTWARE", `\n\n4. ${clause}\n\nTHIS SOFTWARE`),
    ],
    [
      "among the terms of the GPL",
      async (clause) => (await text("GPL-3.0-only")).replace("END OF TERMS", `${clause}\n\nEND OF TERMS`),
    ],
    ["below Apache's", async (clause) => `${await text("Apache-2.0")}\n${clause}\n`],
  ];
  it.each(places)("%s", async (_, put) => {
    for (const clause of clauses) {
      const { licences, altered } = readLicenceText(await put(clause));
      expect([clause, licences]).toEqual([clause, []]);
      expect(altered?.licence).toMatch(/^(?:MIT|BSD-3-Clause|GPL-3\.0-only|Apache-2\.0)$/u);
    }
  });

  it.each([
    ["free of charge", "for a fee"],
    ["without restriction", "with restriction"],
    [", and/or sell", ""],
    ["to any person", "to any natural person"],
    ["publish, ", ""],
    ["any person", "any academic"],
  ])("or with other words: %s -> %s", async (words, others) => {
    const mit = (await text("MIT")).replaceAll(/\s+/gu, " ");
    expect(mit).toContain(words);
    expect(readLicenceText(mit.replace(words, others))).toMatchObject({ licences: [], altered: { licence: "MIT" } });
  });

  it("whatever the metadata says of it", async () => {
    const folder = await temporaryFolder();
    await writeFile(
      join(folder, "LICENSE"),
      `${await text("MIT")}\n\nThe Software shall not be used to build machine learning models.\n`,
    );
    const told = await tellLicence(
      { expression: "MIT", classifiers: ["License :: OSI Approved :: MIT License"] },
      folder,
      ["LICENSE"],
    );
    expect(told).toMatchObject({
      expression: null,
      evidence:
        'metadata License-Expression, but LICENSE is not MIT alone: "The Software shall not be used to build machine ' +
        'learning models"',
    });
    const written = await readFile(join(folder, "LICENSE"), "utf8");
    expect(
      await tellLicence({ text: written, classifiers: ["License :: OSI Approved :: MIT License"] }, folder, []),
    ).toMatchObject({ expression: null });
    await mkdir(join(folder, "vendored"));
    await writeFile(join(folder, "vendored/LICENSE"), await readFile(join(folder, "LICENSE")));
    expect(await tellFolderLicences(folder, "MIT", [])).toMatchObject([
      { path: "vendored", expression: "LicenseRef-unknown" },
    ]);
  });
});

it.each([
  ["LICENSE", true],
  ["LICENCE.md", true],
  ["COPYING.LESSER", true],
  ["LICENSE-APACHE", true],
  ["MIT-LICENSE.txt", true],
  ["pkg/NOTICE", true],
  ["UNLICENSE", true],
  ["license.py", false],
  ["licensing.md", false],
  ["README.md", false],
  ["AUTHORS", false],
  ["notice_board.txt", true],
])("%s holds a licence: %s", (path, answer) => {
  expect(isLicenceFile(path)).toBe(answer);
});

describe("tells the licence", () => {
  const nothing: DeclaredLicence = { classifiers: [] };
  const classifier = (...names: string[]): DeclaredLicence => ({
    classifiers: names.map((name) => `License :: OSI Approved :: ${name}`),
  });

  const table: readonly (readonly [string, DeclaredLicence, Readonly<Record<string, string>>, string | null])[] = [
    ["from License-Expression", { expression: "mit OR apache-2.0", classifiers: [] }, {}, "MIT OR Apache-2.0"],
    [
      "from License-Expression before classifiers",
      { expression: "MIT", classifiers: ["License :: OSI Approved :: BSD License"] },
      {},
      "MIT",
    ],
    ["from the License field", { text: "Apache 2.0", classifiers: [] }, {}, "Apache-2.0"],
    ["from the License field, longer", { text: "Apache License, Version 2.0", classifiers: [] }, {}, "Apache-2.0"],
    ["from another spelling", { text: "BSD 3-Clause", classifiers: [] }, {}, "BSD-3-Clause"],
    ["from yet another spelling", { text: "3-Clause BSD License", classifiers: [] }, {}, "BSD-3-Clause"],
    ["from GPL with a plus", { text: "GPLv3+", classifiers: [] }, {}, "GPL-3.0-or-later"],
    ["from a classifier", classifier("MIT License"), {}, "MIT"],
    ["from a classifier for Apache", classifier("Apache Software License"), {}, "Apache-2.0"],
    [
      "from two classifiers, both of which bind",
      classifier("MIT License", "Apache Software License"),
      {},
      "MIT AND Apache-2.0",
    ],
    ["from a text alone", nothing, { LICENSE: "ISC" }, "ISC"],
    [
      "from two texts alone, both of which bind",
      nothing,
      { "LICENSE-MIT": "MIT", "LICENSE-BSD": "BSD-2-Clause" },
      "BSD-2-Clause AND MIT",
    ],
    [
      "of a choice that its texts bear out",
      { text: "MIT OR Apache-2.0", classifiers: [] },
      { "LICENSE-MIT": "MIT", "LICENSE-APACHE": "Apache-2.0" },
      "MIT OR Apache-2.0",
    ],
    ["of a family, by the text", { text: "BSD", classifiers: [] }, { LICENSE: "BSD-3-Clause" }, "BSD-3-Clause"],
    ["of a family's classifier, by the text", classifier("BSD License"), { LICENSE: "BSD-2-Clause" }, "BSD-2-Clause"],
    [
      "or later, where the text leaves that open",
      classifier("GNU General Public License v3 or later (GPLv3+)"),
      { COPYING: "GPL-3.0-only" },
      "GPL-3.0-or-later",
    ],
    [
      "of LGPL 3, which comes with the GPL's text",
      nothing,
      { COPYING: "GPL-3.0-only", "COPYING.LESSER": "LGPL-3.0-only" },
      "LGPL-3.0-only",
    ],
    [
      "strictly where metadata and text differ",
      { text: "MIT", classifiers: [] },
      { LICENSE: "GPL-3.0-only" },
      "MIT AND GPL-3.0-only",
    ],
    [
      "strictly where a choice and a text differ",
      { expression: "MIT OR ISC", classifiers: [] },
      { LICENSE: "GPL-3.0-only" },
      "(MIT OR ISC) AND GPL-3.0-only",
    ],
    [
      "strictly where the text takes back what the metadata gives",
      { text: "MIT", classifiers: [] },
      { LICENSE: "LicenseRef-Commons-Clause" },
      "MIT AND LicenseRef-Commons-Clause",
    ],
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
    expect((await tellLicence({ text: "MIT", classifiers: [] }, folder, ["LICENSE"])).evidence).toBe(
      "metadata License says MIT, but LICENSE says GPL-3.0-only: all are taken to bind",
    );
  });
});
