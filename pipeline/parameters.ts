/** Parameters of a pipeline file, as the command line and a program give them: the same names, values and checks. */
import { resolve } from "node:path";
import { Mistakes } from "./engine/config/mistakes.js";
import type { Parameter } from "./engine/config/parameters/parameter.js";
import type { GivenParameter } from "./engine/config/parameters/given.js";
import { openPipelineFile } from "./engine/config/pipeline-file.js";
import { modelReference, sourceReference } from "./references.js";
import { stageLibrary } from "./toolkit.js";

/** A pipeline file as a user names it, and what it leaves to those that ship. */
export interface NamedFile {
  readonly file: string;
  readonly cwd: string;
  /** The one that ships whose parameters it has where it declares none. */
  readonly lender?: string;
  /** The one that ships whose steps it has where it is keys of one alone. */
  readonly base?: string;
}

/** The parameters of a file; null where it cannot be read, or where they are mistaken. */
export async function readParameters({ file, ...options }: NamedFile): Promise<readonly Parameter[] | null> {
  const mistakes = new Mistakes();
  const opened = await mistakes.try(
    async () => await openPipelineFile(file, { ...options, library: stageLibrary }, mistakes),
  );
  return mistakes.isEmpty ? (opened?.parameters ?? null) : null;
}

/**
 * A value as its pipeline file takes it: what names something outside the file is named from the working folder. Of a
 * list, each of its values. Throws a PipelineError (usage) where a source is none.
 */
export async function parameterValue(
  value: unknown,
  { type: { reference, isBasePath } }: Pick<Parameter, "type">,
  cwd: string,
): Promise<unknown> {
  if (isBasePath && typeof value === "string") return resolve(cwd, value);
  if (Array.isArray(value))
    return await Promise.all(value.map(async (each: unknown) => await named(each, reference, cwd)));
  return await named(value, reference, cwd);
}

async function named(value: unknown, reference: Parameter["type"]["reference"], cwd: string): Promise<unknown> {
  if (reference === null || typeof value !== "string") return value;
  if (reference === "source") return await sourceReference(value, cwd);
  return reference === "model" ? modelReference(value, cwd) : resolve(cwd, value);
}

/**
 * Values of parameters by name, as a program gives them. Of a file that cannot be read nothing is known: reading it for
 * good tells what is wrong with it.
 */
export async function givenByName(
  values: Readonly<Record<string, unknown>>,
  { file, cwd }: Pick<NamedFile, "file" | "cwd">,
): Promise<GivenParameter[]> {
  const given = Object.entries(values).filter(([, value]) => value !== undefined);
  if (given.length === 0) return [];
  const parameters = await readParameters({ file, cwd });
  if (parameters === null) return [];
  return await Promise.all(
    given.map(async ([name, value]) => {
      const parameter = parameters.find((each) => each.name === name);
      return {
        name,
        value: parameter === undefined ? value : await parameterValue(value, parameter, cwd),
        text: `parameters: { ${JSON.stringify(name)}: ${JSON.stringify(value)} }`,
      };
    }),
  );
}
