import { join } from "node:path";
import { WorkInHand } from "../system/abort.js";
import type { Service, ServiceContext } from "../contract/service.js";
import type { Sources, SourceTree } from "../contract/sources.js";
import { tellFolderLicences, tellLicence } from "./licence.js";
import { pinSource, recallSource } from "./pin.js";
import type { PinnedSource } from "./pinned.js";
import { openSnapshot } from "./snapshot.js";

/** The places that code comes from: snapshots in the project's state folder, downloads in the user's cache. */
export function createSources(given: ServiceContext): Service<Sources> {
  const work = new WorkInHand(given.signal);
  const context = { ...given, signal: work.signal };
  const trees = new Map<string, Promise<SourceTree>>();

  /** A snapshot is made once, however many ask for it; a failure is not remembered. */
  function once(key: string, pin: () => Promise<PinnedSource>): Promise<SourceTree> {
    const tree = trees.get(key) ?? work.run(async () => await openTree(await pin(), context));
    trees.set(key, tree);
    tree.catch(() => trees.delete(key));
    return tree;
  }

  return {
    api: {
      fetch: (ref) => once(ref, () => pinSource(ref, context)),
      tree: (source) => once(`${source.ref} ${source.version}`, () => recallSource(source, context)),
    },
    async close() {
      work.abort();
      await work.ended();
    },
  };
}

async function openTree(source: PinnedSource, { stateDir }: ServiceContext): Promise<SourceTree> {
  const { ref, name, version } = source;
  const snapshot = await openSnapshot(join(stateDir, "sources"), `${name}-${source.hash.slice(0, 12)}`, (folder) =>
    source.fill(folder),
  );
  const { requirements, importRoots, declaredLicence, licenceFiles } = await source.describe(snapshot.folder);
  const licence = source.own
    ? { expression: "LicenseRef-own", evidence: "a folder of the user's", files: licenceFiles }
    : await tellLicence(declaredLicence, snapshot.folder, licenceFiles);
  const folders = await tellFolderLicences(snapshot.folder, licence.expression, licenceFiles);
  return {
    ref,
    name,
    version,
    folder: snapshot.folder,
    ...(source.origin !== undefined && { origin: source.origin }),
    importRoots,
    licence: { ...licence, folders },
    refused: snapshot.refused,
    requirements,
  };
}
