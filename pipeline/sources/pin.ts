import { PipelineError } from "../system/errors.js";
import type { Source } from "../contract/kind.js";
import { pinArchive } from "./local-archive.js";
import { copyFolder, readFolder } from "./folder.js";
import { checkOut, pinCommit, repositoryName } from "./git.js";
import { parseSourceRef } from "./location.js";
import { copyOwnFile, readOwnFile } from "./own-file.js";
import type { PinnedSource, SourceContext } from "./pinned.js";
import { describeProject } from "./project.js";
import { pinPackage } from "./pypi.js";

/** Finds out what a reference to one source means, down to the content, as pipeline.lock has it. */
export async function pinSource(ref: string, context: SourceContext): Promise<PinnedSource> {
  const location = parseSourceRef(ref);
  switch (location.type) {
    case "pypi":
      return pinPackage(location, context);
    case "archive":
      return pinArchive(ref, location.path, context);
    case "git": {
      const commit = await pinCommit(location, context);
      return {
        ref: `git:${location.url}@${commit}`,
        name: repositoryName(location.url),
        version: commit,
        hash: commit,
        own: false,
        fill: (folder) => checkOut(location, commit, folder, context),
        describe: describeProject,
      };
    }
    case "folder": {
      const state = await readFolder(location.path, context);
      return {
        ...ownPlace(ref, state.name, state.hash.slice(0, 12)),
        hash: state.hash,
        origin: state.folder,
        fill: (folder) => copyFolder(state, folder, context.signal),
      };
    }
    case "file": {
      const state = await readOwnFile(location.path, context);
      return {
        ...ownPlace(ref, state.name, state.hash.slice(0, 12)),
        hash: state.hash,
        origin: state.file,
        fill: (folder) => copyOwnFile(state, folder, context.signal),
      };
    }
    case "list":
      throw new PipelineError(`"${ref}" stands for several sources; expected one`, {
        code: "reference",
        hint: "name one of the sources in the list",
      });
  }
}

/**
 * The source that a record comes from, as it was then. A folder or a file that has changed since is known by its
 * snapshot alone.
 */
export async function recallSource(
  { ref, name, version }: Pick<Source, "ref" | "name" | "version">,
  context: SourceContext,
): Promise<PinnedSource> {
  const { type } = parseSourceRef(ref);
  if (type === "folder" || type === "file") {
    return {
      ...ownPlace(ref, name, version),
      async fill(folder) {
        const now = await pinSource(ref, context);
        if (now.version !== version) throw changed(ref, version, now.version);
        return now.fill(folder);
      },
    };
  }
  const pinned = await pinSource(ref, context);
  if (pinned.version !== version) throw changed(ref, version, pinned.version);
  return pinned;
}

function ownPlace(ref: string, name: string, version: string): Omit<PinnedSource, "fill"> {
  return { ref, name, version, hash: version, own: true, describe: describeProject };
}

function changed(ref: string, then: string, now: string): PipelineError {
  return new PipelineError(
    `the records come from ${ref} as it was (${then}), but its snapshot is gone and it has changed (${now})`,
    {
      code: "source",
      hint: "run the pipeline again: it ingests the source as it is now",
    },
  );
}
