/** Whether git takes a text for the name of a branch or a tag (git check-ref-format); a commit is one, too. */
export function isRevision(name: string): boolean {
  // oxlint-disable-next-line no-control-regex
  const forbidden = /[\u0000- \u007F~^:?*[\\]|\.\.|@\{|\/\/|^[-/]|[/.]$|^@$/u;
  return (
    name !== "" &&
    !forbidden.test(name) &&
    name.split("/").every((part) => !part.startsWith(".") && !part.endsWith(".lock"))
  );
}

/** A revision as it is written behind an address, where some signs mean something. */
export function writeRevision(revision: string): string {
  return revision.replaceAll("%", "%25").replaceAll("@", "%40");
}

/**
 * The name of a revision as git knows it, of one that is written in a reference: there %40, %2F and %25 stand for @, /
 * and %.
 */
export function readRevision(written: string): string {
  return written.replaceAll(/%(25|2F|40)/giu, (sign) => decodeURIComponent(sign));
}

/** What a name of a revision may hold, for errors. */
export const revisionHint =
  "git allows no space in a name, no two dots, and none of ~ ^ : ? * [ \\; an @ in it is written %40, and a % is " +
  "written %25";
