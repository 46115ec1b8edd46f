import type { Reason } from "./reasons.js";
import type { Source } from "./kind.js";

/** What a stage may ask about the places that code comes from. */
export interface Sources {
  /** Fetches a source as `pipeline.lock` pins it, or finds the snapshot that is there already. */
  fetch(ref: string): Promise<SourceTree>;
  /** The ingested snapshot that a record comes from. */
  tree(source: Pick<Source, "ref" | "name" | "version">): Promise<SourceTree>;
}

/** A read-only snapshot of a source. */
export interface SourceTree {
  /** The pinned reference; records carry it. */
  readonly ref: string;
  readonly name: string;
  readonly version: string;
  /** Absolute folder of the snapshot. */
  readonly folder: string;
  /** Absolute path of the user's folder or file that it is a snapshot of; undefined where it comes from elsewhere. */
  readonly origin?: string;
  /** Folders below `folder` that Python imports from, POSIX: "" or "src". */
  readonly importRoots: readonly string[];
  readonly licence: SourceLicence;
  /** Files that were left out of the snapshot for safety (links that lead outside, unsafe names), with the reason. */
  readonly refused: readonly { readonly path: string; readonly reason: Reason }[];
  /** Requirement lines (PEP 508) that the source declares for itself. */
  readonly requirements: readonly string[];
}

/** Under which licence a source stands, and what told it. */
export interface SourceLicence {
  /** SPDX expression; null where none could be told. */
  readonly expression: string | null;
  /** What told it: "metadata License-Expression", "classifier", "LICENSE.txt", ... */
  readonly evidence: string;
  /** POSIX paths of the licence texts inside the snapshot. */
  readonly files: readonly string[];
  /**
   * Folders inside the source that bring a licence text of their own (vendored code): it binds there beside the
   * source's.
   */
  readonly folders?: readonly { readonly path: string; readonly expression: string; readonly evidence: string }[];
}

/** Where a row of a source comes from that is one file: the user's own, unless it names a licence. */
export function rowSource({ ref, name, version, licence }: SourceTree, row: number): Source {
  return { ref, name, version, licence: licence.expression ?? "LicenseRef-own", path: name, row };
}

declare module "./service.js" {
  interface Services {
    readonly sources: Sources;
  }
}
