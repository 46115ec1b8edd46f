import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import picomatch from "picomatch";
import { z } from "zod";
import { PipelineError } from "../pipeline/errors.js";
import { SourceFile } from "../pipeline/records.js";
import { sourceRef } from "../pipeline/reference.js";
import type { SourceTree } from "../pipeline/sources.js";
import { normaliseLicence } from "../pipeline/spdx.js";
import { defineStage } from "../pipeline/stage.js";
import { decodeText } from "./ingest/decode.js";
import { licenceGate } from "./ingest/licences.js";
import { languageOf, moduleOf, roleOf } from "./ingest/place.js";
import { choose, listTree } from "./ingest/select.js";

const permissive = ["MIT", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0", "ISC", "0BSD", "Unlicense", "PSF-2.0", "Python-2.0", "Zlib"];
const licenceName = z.string().refine((name) => normaliseLicence(name) !== null, { error: ({ input }) => `"${String(input)}" is not an SPDX licence identifier, such as MIT or Apache-2.0` });

/** Reads the files of packages, repositories and folders, as far as their licences are allowed. */
export default defineStage({
  name: "ingest",
  summary: "Reads the source files of packages, repositories and folders whose licence is allowed",
  version: 1,
  writes: SourceFile,
  parallel: "whole",
  needs: ["sources"],
  options: z.strictObject({
    sources: z.array(sourceRef()).min(1).describe("Where the code comes from"),
    licences: z.array(licenceName).default(permissive).describe("SPDX identifiers of the licences that are allowed; folders of your own always are"),
    allowUnknownLicence: z.array(z.string()).default([]).describe("Names of sources that are used although no licence could be told"),
    include: z.array(z.string()).default(["**/*.py"]).describe("Globs of the files to read"),
    exclude: z.array(z.string()).default([]).describe("Globs of files to leave out"),
    maxFileSize: z.int().min(1).default(1024 * 1024).describe("Bytes of the largest file that is read"),
    maxPerSource: z.int().min(1).optional().describe("Most files of one source, chosen by the seed: a larger number only adds files"),
  }),

  async *run(_, options, context) {
    const { include, exclude, maxFileSize, maxPerSource = Infinity } = options;
    const trees = await fetchAll(options.sources, context.map, (ref) => context.sources.fetch(ref));
    const gate = licenceGate(options, trees);
    const matches = picomatch(include, { dot: true, ignore: exclude });
    const files = await Promise.all(trees.map(async ({ folder }) => listTree(folder)));
    const chosen = files.map((paths) => choose(paths.filter((path) => matches(path)), maxPerSource, context.seed));
    const total = chosen.reduce((sum, { taken, left }) => sum + taken.length + left.length, 0);
    let [seen, kept] = [0, 0];

    for (const [index, tree] of trees.entries()) {
      const { taken = [], left = [] } = chosen[index] ?? {};
      const refuse = (path: string, reason: string) => context.refuse({ source: tree.ref, path }, reason);
      for (const { path, reason } of tree.refused) refuse(path, reason);
      for (const path of left) refuse(path, `maxPerSource: not among the ${maxPerSource} files chosen by the seed`);
      seen += left.length;

      const licences = gate(tree);
      const paths = new Set(files[index]);
      const isPackage = (folder: string) => paths.has(`${folder}/__init__.py`);
      for (const path of taken) {
        context.signal.throwIfAborted();
        context.progress((seen += 1), total, "files");
        const { size } = await stat(join(tree.folder, path));
        if (size > maxFileSize) {
          refuse(path, `size: ${size} bytes, more than maxFileSize ${maxFileSize}`);
          continue;
        }
        const language = languageOf(path);
        const decoded = decodeText(await readFile(join(tree.folder, path)), language);
        if ("reason" in decoded) {
          refuse(path, decoded.reason);
          continue;
        }
        const { text, encoding } = decoded;
        const licence = licences.ofFile(text);
        if ("reason" in licence) {
          if (licence.reason !== null) refuse(path, licence.reason);
          continue;
        }
        kept += 1;
        yield SourceFile.make(
          { language, role: roleOf(path), module: moduleOf(path, language, encoding, tree.importRoots, isPackage), encoding, text },
          { source: { ref: tree.ref, name: tree.name, version: tree.version, licence: licence.expression, path }, from: [] },
        );
      }
      if (licences.refusal !== null) context.refuse({ source: tree.ref, path: null }, licences.refusal);
    }
    if (kept === 0) throw nothingLeft(trees, total, gate);
  },
});

type Fetch = (ref: string) => Promise<SourceTree>;

/** The trees in the order written; a source that is named twice is read once. */
async function fetchAll(refs: readonly string[], map: <T, U>(records: AsyncIterable<T>, fn: (record: T) => Promise<U>) => AsyncIterable<U>, fetch: Fetch): Promise<SourceTree[]> {
  const trees = new Map<string, SourceTree>();
  for await (const tree of map(inOrder(refs), fetch)) trees.set(tree.ref, tree);
  return [...trees.values()];
}

async function* inOrder<T>(items: readonly T[]): AsyncIterable<T> {
  yield* items;
}

function nothingLeft(trees: readonly SourceTree[], files: number, gate: ReturnType<typeof licenceGate>): PipelineError {
  const refusals = trees.flatMap((tree) => gate(tree).refusal ?? []);
  if (refusals.length === trees.length) {
    const lines = trees.map((tree, index) => `${tree.name}: ${refusals[index] ?? ""}`);
    return new PipelineError(`no source may be used\n${lines.join("\n")}`, {
      code: "licence",
      hint: "add the licence to `licences`, or the source's name to `allowUnknownLicence`, if you may use it so; else take other sources",
    });
  }
  if (files === 0) return new PipelineError("no file of the sources matches `include`", { code: "source", hint: "check `include` and `exclude`: globs are matched against paths such as toolz/itertoolz.py" });
  return new PipelineError(`none of the ${files} files that match \`include\` could be used`, { code: "source", hint: "check `maxFileSize`, and the licences and encodings of the files" });
}
