import { type PlatformRow, platforms, type Support } from "../../pipeline/sandbox/platforms.js";
import { tableRow } from "./markdown.js";

/** docs/platforms.md: what works on which system, as the code says it. */
export async function platformReference(): Promise<string> {
  const rows = platforms().map(({ what, linux, macos, windows, note }: PlatformRow) =>
    tableRow([what, words[linux], words[macos], words[windows], note]),
  );
  return (
    `${introduction}\n` +
    `${[tableRow(["what", "Linux", "macOS", "Windows", "note"]), "|---|---|---|---|---|", ...rows].join("\n")}\n`
  );
}

const words: Readonly<Record<Support, string>> = {
  works: "works",
  container: "in a container, untried",
  untried: "untried",
  no: "no",
};

const introduction = `# What works on which system

Everything here was built and tried on Linux. "Untried" says that nothing known speaks against it and that nobody has
run it there; "in a container" takes podman or docker and an image ([the sandbox](sandbox.md)). \`pipeline doctor\`
tells what works on the machine that it runs on, and shows this table. Written by \`npm run docs\` from the code.
`;
