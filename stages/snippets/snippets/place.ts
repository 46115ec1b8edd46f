import { posix } from "node:path";
import { defineWording, type Shown } from "../lib/wording.js";

/** What the title of a snippet is made of. */
export const titleForms = ["words", "file-name"] as const;

/** How a snippet is asked for. */
export const SnippetWording = defineWording({
  title: "What the snippet is called",
  category: "First folder on the file's path; empty where it lies in none",
  language: "Programming language: python",
  path: "POSIX path below the folder",
  filename: "Name of the file, with its suffix",
});
type SnippetText = (typeof SnippetWording)["shows"][number];

/** What a file's place says of it. */
export function shownOf(
  { path, language }: { readonly path: string; readonly language: string },
  title: (typeof titleForms)[number],
): Shown<SnippetText> {
  const filename = posix.basename(path);
  const { name } = posix.parse(filename);
  const [first = ""] = path.split("/");
  return {
    title: title === "words" ? asWords(name) : name,
    category: path.includes("/") ? first : "",
    language,
    path,
    filename,
  };
}

/** Array_push-back is "Array push back". */
function asWords(name: string): string {
  return name.replaceAll(/[_\-\s]+/gu, " ").trim();
}
