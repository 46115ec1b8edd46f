import { z } from "zod";

/** Why a text is no path that stays below its folder; null where it is one. */
export function strayPath(path: string): string | null {
  if (path === "") return "it is empty";
  if (path.includes("\0")) return "it holds a NUL";
  const parts = path.split(process.platform === "win32" ? /[/\\]/u : "/");
  if (path.startsWith("/") || (process.platform === "win32" && /^(?:[a-z]:|\\)/iu.test(path))) return "it is absolute";
  if (parts.includes("..")) return "it leaves its folder";
  return parts.some((part) => part === "" || part === ".") ? "it has an empty part" : null;
}

/** A POSIX path below a folder, which it never leaves: what state files name. */
export const RelativePath = z.string().superRefine((path, context) => {
  const reason = strayPath(path);
  if (reason !== null)
    context.addIssue({ code: "custom", message: `expected a path below this folder, and ${reason}` });
});
