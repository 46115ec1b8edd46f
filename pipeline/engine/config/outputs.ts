import { PipelineError } from "../../system/errors.js";
import type { Step } from "./pipeline.js";

/** A step that leaves files, as far as that can be told. */
export interface Leaving {
  readonly step: Pick<Step, "id" | "location" | "output">;
  /** POSIX paths below what the step leaves. */
  readonly paths: readonly string[];
}

/** Name of the file in the outputs in which the engine says what is published there. */
export const manifestName = "manifest.json";

/** Where a file of a step is published: a POSIX path below the pipeline's outputs. */
export function publishedPath({ output }: Pick<Step, "output">, path: string): string {
  return output === null ? path : `${output}/${path}`;
}

/** The files of a step as they are published. */
export function publishedFiles<File extends { readonly path: string }>(
  step: Pick<Step, "output">,
  outputs: readonly File[],
): File[] {
  return outputs.map((file) => ({ ...file, path: publishedPath(step, file.path) }));
}

/**
 * Throws a PipelineError, with the places of both steps, where two of them leave the same path, or one leaves a file
 * where the other leaves a folder.
 */
export function checkClashes(steps: readonly Leaving[]): void {
  const owners = new Map<string, { readonly step: Leaving["step"]; readonly isFile: boolean }>();
  for (const { step, paths } of steps) {
    for (const path of paths) {
      const published = publishedPath(step, path);
      if (published === manifestName) throw takesManifest(step);
      const folders = published
        .split("/")
        .slice(0, -1)
        .map((_, index, parts) => parts.slice(0, index + 1).join("/"));
      const asFolder = folders.find((folder) => isOfAnother(owners.get(folder), step));
      const taken = owners.get(published);
      if (asFolder !== undefined) throw clash(asFolder, owners.get(asFolder)?.step ?? step, step);
      if (taken !== undefined && taken.step.id !== step.id) throw clash(published, taken.step, step);
      owners.set(published, { step, isFile: true });
      for (const folder of folders) if (!owners.has(folder)) owners.set(folder, { step, isFile: false });
    }
  }
}

function isOfAnother(
  owner: { readonly step: Leaving["step"]; readonly isFile: boolean } | undefined,
  step: Leaving["step"],
): boolean {
  return owner !== undefined && owner.isFile && owner.step.id !== step.id;
}

function clash(path: string, one: Leaving["step"], other: Leaving["step"]): PipelineError {
  const place = other.output === null ? "" : ` instead of ${other.output}`;
  return new PipelineError(`steps "${one.id}" and "${other.id}" both leave ${path} in the outputs`, {
    code: "config",
    hint:
      `give one of them a folder of its own there, beside its \`with\`, such as output: ${other.id}${place}; ` +
      `nothing has to run again for it`,
    locations: [one.location, other.location],
  });
}

function takesManifest(step: Leaving["step"]): PipelineError {
  return new PipelineError(
    `step "${step.id}" leaves ${manifestName}, which the outputs have of their own: it says what is published`,
    {
      code: "config",
      hint: `give the step a folder of its own there, beside its \`with\`, such as output: ${step.id}`,
      locations: [step.location],
    },
  );
}
