import { access, readFile, readdir, realpath, rm, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { CheckerTool, FoundTool, ToolWheel } from "../../contract/checker.js";
import { runChild } from "../../system/child.js";
import { PipelineError } from "../../system/errors.js";
import { knownHash } from "../../system/files/known-hash.js";
import { makeFolder } from "../../system/files/make-folder.js";
import { hashValue } from "../../system/hash.js";
import type { ToolSearch } from "./tool-search.js";

/** Where distributions put wine's loader for 64-bit programs; wine's own script for it asks for a 32-bit one too. */
const loaders = ["/usr/lib/wine/wine64", "/usr/bin/wine64", "/opt/wine-stable/bin/wine64", "/usr/local/bin/wine64"];
const libraries = ["/usr/lib/x86_64-linux-gnu/wine/x86_64-windows", "/usr/lib/wine/x86_64-windows"];

/** How to get wine. */
export const wineFix = "install wine for 64-bit programs: apt install --no-install-recommends wine64";

/** No window, no menu, no .NET and no browser: nothing that is asked for on a display. */
const environment = {
  WINEDEBUG: "-all",
  WINEDLLOVERRIDES: "mscoree,mshtml=;winemenubuilder.exe=d",
};

/** What is run by wine. */
interface Program {
  readonly tool: CheckerTool;
  readonly wheel: ToolWheel;
  /** Its path, once it is fetched. */
  readonly program: () => Promise<string>;
}

/**
 * A program for Windows, started by wine. What wine sets up once (its prefix) lies in the cache and is only read: every
 * process makes one of its own out of links to it, in its work folder, which takes no time.
 */
export async function throughWine(
  { tool, wheel, program }: Program,
  { purpose, context: { cacheDir, signal } }: Omit<ToolSearch, "isContainer">,
): Promise<FoundTool> {
  const loader = await wineLoader();
  const loaderHash = await knownHash(loader, cacheDir, signal);
  const hash = hashValue([wheel, loaderHash]);
  if (purpose === "plan") return { tool, hash };
  const folder = await makeFolder(
    join(cacheDir, "wine"),
    hashValue([loaderHash, layout]).slice(0, 16),
    async (incoming) => await setUp(incoming, loader, signal),
    { signal },
  );
  return {
    tool: {
      ...tool,
      command: "/bin/sh",
      leading: [join(folder, starter), loader, await program()],
      sockets: true,
      readable: [...(tool.readable ?? []), folder, join(cacheDir, "tools"), ...(await fonts())],
      environment: { ...environment, ...tool.environment },
    },
    hash,
  };
}

/** The loader that is installed. Throws a PipelineError (sandbox) where none is. */
export async function wineLoader(): Promise<string> {
  for (const path of loaders) {
    const file = await realpath(path).catch(() => null);
    if (file !== null) return path;
  }
  throw new PipelineError("wine is not here: a program for Windows needs it", { code: "sandbox", hint: wineFix });
}

const starter = "start.sh";
/** Changes where a prefix is made in another way. */
const layout = 1;

/** Makes a prefix out of links to the one beside this script, where there is none yet, and starts a program in it. */
const start = `#!/bin/sh
set -e
made=$(dirname "$0")/prefix
export WINEPREFIX="$HOME/prefix"
if [ ! -d "$WINEPREFIX" ]; then
  mkdir -p "$WINEPREFIX/dosdevices"
  cp "$made"/*.reg "$made/.update-timestamp" "$WINEPREFIX/"
  ln -s "$made/drive_c" "$WINEPREFIX/drive_c"
  ln -s ../drive_c "$WINEPREFIX/dosdevices/c:"
  ln -s / "$WINEPREFIX/dosdevices/z:"
fi
exec "$@"
`;

async function setUp(folder: string, loader: string, signal: AbortSignal): Promise<void> {
  const prefix = join(folder, "prefix");
  const env = { ...environment, WINEPREFIX: prefix, HOME: folder, DISPLAY: undefined, WAYLAND_DISPLAY: undefined };
  try {
    await runChild(loader, ["wineboot", "--init"], { env, signal, code: "sandbox" });
  } finally {
    // It writes what it holds when it ends.
    await runChild("/usr/lib/wine/wineserver64", ["-w"], { env, signal, code: "sandbox" }).catch(() => undefined);
  }
  await writeFile(join(folder, starter), start);
  await linkLibraries(join(prefix, "drive_c/windows/system32"));
}

/** Puts links in the place of the libraries that wine has copied, which are 700 MB. */
async function linkLibraries(folder: string): Promise<void> {
  for (const source of libraries) {
    for (const name of await readdir(source).catch(() => [])) {
      const [own, shipped] = [join(folder, name), join(source, name)];
      if (!(await areEqual(own, shipped))) continue;
      await rm(own);
      await symlink(shipped, own);
    }
  }
}

async function areEqual(one: string, other: string): Promise<boolean> {
  const sizes = await Promise.all([one, other].map(async (path) => (await stat(path).catch(() => null))?.size ?? -1));
  if (sizes[0] !== sizes[1] || sizes[0] === -1) return false;
  const [first, second] = await Promise.all([readFile(one), readFile(other)]);
  return first.equals(second);
}

/** Settings of the fonts, where there are any: it complains without. */
async function fonts(): Promise<string[]> {
  return await access("/etc/fonts").then(
    () => ["/etc/fonts"],
    () => [],
  );
}
