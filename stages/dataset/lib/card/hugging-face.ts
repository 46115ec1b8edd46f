import parseSpdx from "spdx-expression-parse";
import { stringify } from "yaml";
import type { DatasetFile, FileSplit } from "../files/files.js";
import type { Tally } from "./tally.js";

/** The YAML header of a dataset card, as the Hugging Face Hub and `datasets.load_dataset` read it. */
export function yamlHeader({
  name,
  tally,
  files,
}: {
  name: string;
  tally: Tally;
  files: readonly DatasetFile[];
}): string {
  const licences = [...new Set(tally.sources().flatMap(({ source }) => hubLicences(source.licence)))].toSorted();
  const synthetic = [...tally.teachers.keys()].some((teacher) => teacher.startsWith("model:")) ? ["synthetic"] : [];
  return `---\n${stringify(
    {
      pretty_name: name,
      ...(licences.length > 0 && { license: licences.length === 1 ? licences[0] : licences }),
      ...(licences.includes("other") && { license_name: "see-licenses-folder", license_link: "LICENSES" }),
      language: ["code"],
      task_categories: ["text-generation"],
      size_categories: [sizeCategory(tally.rows)],
      tags: [...new Set(["code", ...synthetic, ...tally.languages.keys(), ...tally.tasks.keys()])]
        .map((tag) => tag.toLowerCase())
        .toSorted(),
      ...(files.length > 0 && { configs: [{ config_name: "default", data_files: dataFiles(files) }] }),
    },
    { lineWidth: 0 },
  )}---\n`;
}

/** One format only, or every row would be loaded several times. */
function dataFiles(files: readonly DatasetFile[]): { split: string; path: string }[] {
  const format = (["parquet", "jsonl", "csv", "arrow"] as const).find((wanted) =>
    files.some((file) => file.format === wanted),
  );
  return files.filter((file) => file.format === format).map(({ split, path }) => ({ split: hubSplits[split], path }));
}

/** Names that loaders know; "all" is a word of theirs for something else. */
export const hubSplits: Readonly<Record<FileSplit, string>> = {
  train: "train",
  val: "validation",
  test: "test",
  all: "train",
};

function sizeCategory(rows: number): string {
  const bounds = [
    [1e3, "1K"],
    [1e4, "10K"],
    [1e5, "100K"],
    [1e6, "1M"],
    [1e7, "10M"],
    [1e8, "100M"],
  ] as const;
  const above = bounds.findIndex(([bound]) => rows < bound);
  if (above === 0) return "n<1K";
  if (above === -1) return "n>100M";
  return `${bounds[above - 1]?.[1]}<n<${bounds[above]?.[1]}`;
}

/**
 * The Hub's names for the licences of an SPDX expression, or of one of these names; "other" for one that it does not
 * know.
 */
export function hubLicences(expression: string): string[] {
  if (hubNames.has(expression.toLowerCase())) return [expression.toLowerCase()];
  try {
    return licenceIds(parseSpdx(expression)).map((id) => {
      const name = id.toLowerCase().replace(/-(?:only|or-later)$/u, "");
      return hubNames.has(name) ? name : "other";
    });
  } catch {
    return ["other"];
  }
}

function licenceIds(node: parseSpdx.Info): string[] {
  return "license" in node ? [node.license] : [...licenceIds(node.left), ...licenceIds(node.right)];
}

const hubNames = new Set([
  "afl-3.0",
  "agpl-3.0",
  "apache-2.0",
  "artistic-2.0",
  "bsd-2-clause",
  "bsd-3-clause",
  "bsd-3-clause-clear",
  "bsl-1.0",
  "cc-by-3.0",
  "cc-by-4.0",
  "cc-by-sa-3.0",
  "cc-by-sa-4.0",
  "cc0-1.0",
  "ecl-2.0",
  "epl-1.0",
  "epl-2.0",
  "eupl-1.1",
  "eupl-1.2",
  "gpl-2.0",
  "gpl-3.0",
  "isc",
  "lgpl-2.1",
  "lgpl-3.0",
  "lppl-1.3c",
  "mit",
  "mpl-2.0",
  "ms-pl",
  "ncsa",
  "ofl-1.1",
  "osl-3.0",
  "postgresql",
  "unlicense",
  "wtfpl",
  "zlib",
]);
