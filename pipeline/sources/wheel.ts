import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { PipelineError } from "../system/errors.js";
import { type Description, ownRequirements, readText } from "./description.js";
import { listFiles } from "./files.js";
import { isLicenceFile } from "./licence.js";
import { normalisePackageName } from "./location.js";

/** A wheel's file name: NAME-VERSION[-BUILD]-PYTHON-ABI-PLATFORM.whl; null where it is none. */
export function parseWheelName(file: string): { readonly name: string; readonly version: string } | null {
  const [, name, version] = /^([^-]+)-([^-]+)(?:-\d[^-]*)?-[^-]+-[^-]+-[^-]+\.whl$/u.exec(file) ?? [];
  return name === undefined || version === undefined ? null : { name: normalisePackageName(name), version };
}

/** Whether a wheel's file name promises that it holds nothing compiled. */
export function isPureName(file: string): boolean {
  return file.endsWith("-none-any.whl");
}

/**
 * Refuses an unpacked wheel that holds compiled code: nothing in it could be read, and it would run on one machine
 * only.
 */
export async function expectPureWheel(folder: string, wheel: string): Promise<void> {
  const info = await findInfoFolder(folder, wheel);
  const { files } = await listFiles(folder);
  const compiled = files.find(({ path }) => /\.(?:so|pyd|dylib|dll)(?:\.[\d.]+)?$/iu.test(path));
  const purelib = headers((await readText(folder, `${info}/WHEEL`)) ?? "")
    .get("root-is-purelib")?.[0]
    ?.toLowerCase();
  if (compiled === undefined && purelib !== "false") return;
  throw notPure(
    wheel,
    compiled === undefined ? "its WHEEL file says that it is made for one platform" : `it holds ${compiled.path}`,
  );
}

/** The error for a wheel that holds compiled code, or is made for one platform. */
export function notPure(wheel: string, reason: string): PipelineError {
  return new PipelineError(`${wheel} is not a pure-Python wheel: ${reason}`, {
    code: "source",
    hint:
      "only packages without compiled code can be a pypi: source; name their repository with git: instead, where " +
      "it holds the Python code that you want",
  });
}

/** Reads METADATA of an unpacked wheel. */
export async function describeWheel(folder: string, wheel: string): Promise<Description> {
  const info = await findInfoFolder(folder, wheel);
  const fields = headers((await readText(folder, `${info}/METADATA`)) ?? "");
  const { files } = await listFiles(folder);
  const data = files.map(({ path }) => /^[^/]+\.data\/(?:pure|plat)lib(?=\/)/u.exec(path)?.[0]);
  return {
    requirements: ownRequirements(fields.get("requires-dist") ?? []),
    importRoots: ["", ...new Set(data.filter((root) => root !== undefined))],
    declaredLicence: {
      expression: fields.get("license-expression")?.[0],
      text: fields.get("license")?.[0],
      classifiers: fields.get("classifier") ?? [],
    },
    licenceFiles: files
      .map(({ path }) => path)
      .filter((path) => path.startsWith(`${info}/licenses/`) || (path.startsWith(`${info}/`) && isLicenceFile(path))),
  };
}

async function findInfoFolder(folder: string, wheel: string): Promise<string> {
  const entries = await readdir(folder, { withFileTypes: true });
  const found = entries.filter((entry) => entry.isDirectory() && entry.name.endsWith(".dist-info"));
  const [only] = found;
  if (only !== undefined && found.length === 1 && (await readText(join(folder, only.name), "METADATA")) !== null)
    return only.name;
  throw new PipelineError(
    `${wheel} is not a wheel: expected one *.dist-info folder with a METADATA file, found ${found.length} such folders`,
    {
      code: "archive",
      hint: "a wheel is what `python -m build --wheel` makes",
    },
  );
}

/**
 * Fields of an e-mail header, as METADATA and WHEEL have them: lower-case names to values; a value goes on in lines
 * that begin with white space.
 */
function headers(text: string): Map<string, string[]> {
  const fields = new Map<string, string[]>();
  let values: string[] | undefined;
  for (const line of text.replace(/\r?\n\r?\n[^]*$/u, "").split(/\r?\n/u)) {
    const [, name, value] = /^([A-Za-z][\w-]*):\s?(.*)$/u.exec(line) ?? [];
    if (name !== undefined) {
      values = fields.get(name.toLowerCase()) ?? [];
      fields.set(name.toLowerCase(), values);
      values.push((value ?? "").trim());
    } else if (/^\s/u.test(line) && values !== undefined)
      values.push(`${values.pop() ?? ""}\n${line.trim().replace(/^\|/u, "")}`);
  }
  return fields;
}
