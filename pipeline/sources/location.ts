import { PipelineError } from "../system/errors.js";
import { isRevision, readRevision, revisionHint } from "../system/revision.js";
import { holdsSecret } from "../system/secrets.js";

/** What a source reference names, taken apart. */
export type SourceLocation =
  | { readonly type: "pypi"; readonly name: string; readonly version: string | null }
  | { readonly type: "git"; readonly url: string; readonly revision: string | null }
  | { readonly type: "folder"; readonly path: string }
  | { readonly type: "file"; readonly path: string }
  | { readonly type: "archive"; readonly path: string }
  | { readonly type: "list"; readonly path: string };

/**
 * Takes a source reference apart: pypi:NAME[@VERSION], git:URL[@REVISION], folder:PATH, file:PATH, archive:PATH,
 * list:PATH.
 * Throws a PipelineError (reference) that says what was expected.
 */
export function parseSourceRef(ref: string): SourceLocation {
  // file://HOST/PATH is the address of a repository.
  const [, scheme, rest] = /^(?!file:\/\/)([a-z]+):(.*)$/su.exec(ref) ?? [];
  if (rest !== undefined && rest.trim() === "") throw invalid(ref, `"${scheme}:" must name something`);
  switch (scheme) {
    case "pypi":
      return parsePackage(ref, rest ?? "");
    case "git":
      return parseRepository(ref, rest ?? "");
    case "folder":
    case "file":
    case "archive":
    case "list":
      return { type: scheme, path: rest ?? "" };
    default:
      throw invalid(
        ref,
        "expected pypi:NAME[@VERSION], git:URL[@REVISION], folder:PATH, file:PATH, archive:PATH or list:FILE",
        suggestion(ref),
      );
  }
}

/** Whether a text is an address that git can clone, without `git:` before it. */
export function isRepositoryUrl(text: string): boolean {
  return /^(?:https?|ssh|git|file):\/\//u.test(text) || /^[\w.-]+@[\w.-]+:(?!\/\/)/u.test(text);
}

/** The name under which PyPI knows a package (PEP 503): "Foo.Bar_baz" is "foo-bar-baz". */
export function normalisePackageName(name: string): string {
  return name.toLowerCase().replaceAll(/[-_.]+/gu, "-");
}

function parsePackage(ref: string, text: string): SourceLocation {
  const [, name, version] = /^([A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)(?:@(.+))?$/u.exec(text) ?? [];
  if (name === undefined) {
    const [, bare, pinned] = /^([\w.-]+)(?:\[[^\]]*\])?\s*(?:==\s*([\w.!+-]+))?/u.exec(text) ?? [];
    throw invalid(
      ref,
      "expected pypi:NAME or pypi:NAME@VERSION",
      bare && `write pypi:${bare}${pinned === undefined ? "" : `@${pinned}`}`,
    );
  }
  if (version !== undefined && !/^[0-9][\w.!+-]*$/u.test(version)) {
    throw invalid(
      ref,
      `"${version}" is not one release; expected a version such as 1.0.0`,
      `write pypi:${name} for the newest release; pipeline.lock keeps it`,
    );
  }
  return { type: "pypi", name: normalisePackageName(name), version: version ?? null };
}

/**
 * The revision follows the first "@" behind `.git`, or else the last one of the URL's path, so that
 * `git@host:owner/repo` and `ssh://git@host/repo` have none. An "@" that belongs to the path, or to a revision behind a
 * path without `.git`, is written %40.
 */
function parseRepository(ref: string, text: string): SourceLocation {
  if (holdsSecret(text)) {
    throw invalid(
      ref,
      "a URL with a user name, a password or a token would end up in pipeline.lock and in the dataset",
      "take them out of the URL and let a git credential helper supply them",
    );
  }
  const authority = /^(?:[a-z+]+:\/\/[^/]*|[\w.-]+@[\w.-]+:)/u.exec(text)?.[0] ?? "";
  const path = text.slice(authority.length);
  const end = /\.git\/?@/u.exec(path);
  const at = end === null ? path.lastIndexOf("@") : end.index + end[0].length - 1;
  const url = authority + (at === -1 ? path : path.slice(0, at));
  const revision = at === -1 ? null : readRevision(path.slice(at + 1));
  if (/^[a-z-]+::|^-/u.test(text)) throw invalid(ref, "git's remote helpers and options are not addresses");
  if (revision !== null && !isRevision(revision))
    throw invalid(ref, `"${revision}" is not the name of a branch, a tag or a commit`, revisionHint);
  return { type: "git", url, revision };
}

function suggestion(ref: string): string | undefined {
  if (isRepositoryUrl(ref)) return `write git:${ref}`;
  if (/\.(?:whl|zip)$/u.test(ref)) return `write archive:${ref}`;
  if (/^[./~]|\//u.test(ref)) return `write folder:${ref}`;
  return /^[\w.-]+$/u.test(ref) ? `write pypi:${ref} for the package, or folder:${ref} for the folder` : undefined;
}

function invalid(ref: string, problem: string, hint?: string): PipelineError {
  return new PipelineError(`source "${ref}": ${problem}`, { code: "reference", ...(hint !== undefined && { hint }) });
}
