import { z } from "zod";
import { render } from "../../pipeline/contract/prompt.js";
import { reason } from "../../pipeline/contract/reasons.js";
import { Example } from "../../pipeline/contract/records.js";
import { folderRef, ownSource } from "../../pipeline/contract/reference.js";
import { defineStage } from "../../pipeline/contract/stage.js";
import { allowedLicences, licenceGate } from "../read/lib/licences.js";
import { nothingLeft } from "../read/lib/nothing-left.js";
import { selectFiles } from "../read/lib/select.js";
import { root } from "./lib/root.js";
import { chooseFiles, fileOrders } from "./snippets/choose.js";
import { readSnippet } from "./snippets/read.js";
import { SnippetWording, titleForms } from "./snippets/place.js";

/** A folder of files in any language, each of them an example: what it is, and the file. */
export default defineStage({
  name: "snippets",
  summary: "Reads a folder of files in any language as examples: a prompt by a template, and the file",
  version: 1,
  writes: Example,
  parallel: "whole",
  needs: ["sources"],
  options: z.strictObject({
    root,
    folder: folderRef({ below: "root" }).default(".").describe("Where below the root the files lie"),
    include: z
      .array(z.string())
      .optional()
      .describe("Globs of the files to read; unless told, all whose suffix is that of a programming language"),
    exclude: z.array(z.string()).default([]).describe("Globs of files to leave out"),
    ignoreCase: z.boolean().default(false).describe("Whether the globs match names in any case: *.ahk takes A.AHK too"),
    languages: z
      .record(
        z.string().min(1),
        z.array(z.string().regex(/^\.\w+$/u, "expected a suffix with its point, such as .ahk")).min(1),
      )
      .default({})
      .describe("Languages beside those that are known, with the suffixes of their files: { ahk: [.ahk, .ah2] }"),
    undecodable: z
      .enum(["reject", "replace"])
      .default("reject")
      .describe("Files that are not valid in their encoding: left out, or read with U+FFFD for what means nothing"),
    maxFileSize: z
      .int()
      .min(1)
      .default(1024 * 1024)
      .describe("Bytes of the largest file that is read"),
    licences: allowedLicences,
    order: z
      .enum(fileOrders)
      .default("path")
      .describe("Order of the rows: by the paths' characters, or by their parts, a folder's files together"),
    title: z
      .enum(titleForms)
      .default("words")
      .describe("What a snippet is called: its file's name as words, or as it is; without the suffix"),
    prompt: SnippetWording.option
      .default({ template: "Write in {{language}}: {{title}}." })
      .describe(
        `What a row asks: a prompt file, or { template: TEXT }. It shows ${SnippetWording.shows.join(", ")} as ` +
          "{{title}}; a line with {{category?}} appears only where there is one",
      ),
  }),

  async *run(_, options, context) {
    const tree = await context.sources.fetch(ownSource("folder", options.folder, options.root));
    const licences = licenceGate({ licences: options.licences, allowUnknownLicence: [] }, [tree])(tree);
    const { include = ["**/*"], exclude, ignoreCase } = options;
    const selected = await selectFiles(tree.folder, { include, exclude, ignoreCase }, context.seed);
    const { chosen, strange } = chooseFiles(selected.taken, options);
    const refused = [
      ...tree.refused,
      ...strange.map((path) => ({
        path,
        reason: reason("no-language", "language: none is known by this suffix", "name it under languages"),
      })),
    ];
    for (const { path, reason: why } of refused) context.refuse({ source: tree.ref, path }, why);

    const template = SnippetWording.templateOf(options.prompt, context);
    let kept = 0;
    for (const [index, file] of chosen.entries()) {
      context.signal.throwIfAborted();
      context.progress(index + 1, chosen.length, "files");
      const snippet = readSnippet(tree, file, { ...options, gate: licences });
      if ("reason" in snippet) {
        context.refuse({ source: tree.ref, path: file.path }, snippet.reason);
        continue;
      }
      kept += 1;
      const { shown, text, labels, source } = snippet;
      yield Example.make(
        {
          task: "snippet",
          language: file.language,
          prompt: render(template, shown),
          response: `${text}\n`,
          split: null,
          labels,
          evidence: { type: "none" },
        },
        { source, from: [] },
      );
    }
    if (kept === 0) throw nothingLeft([{ name: tree.name, refusal: null }], { files: chosen.length, include });
  },
});
