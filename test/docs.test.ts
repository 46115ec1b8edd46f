import { readdirSync, readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join, normalize } from "node:path";
import type { Command, CommanderError } from "commander";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { wholeProgram } from "../pipeline/cli/program.js";
import { packageRoot } from "../pipeline/system/paths.js";
import { references } from "../scripts/docs.js";
import { blocksOf, textOf } from "./support/pages.js";
import { temporaryFolder } from "./support/pipelines.js";

const main = join(packageRoot, "dist/pipeline/cli/main.js");
const pages = ["README.md", ...readdirSync(join(packageRoot, "docs")).map((name) => `docs/${name}`)];

describe("the pages", () => {
  it.each(Object.entries(references))("%s says what the code says (npm run docs)", async (page, write) => {
    expect(textOf(page)).toBe(await write());
  });

  it("link to what is there", () => {
    expect(pages.flatMap(brokenLinks)).toEqual([]);
  });

  it("are reached from the README", () => {
    const linked = new Set(linksOf("README.md").map(({ file }) => file));
    expect(pages.filter((page) => page !== "README.md" && !linked.has(page))).toEqual([]);
  });

  it("write commands that the program knows, with options that they take", async () => {
    const commands = pages.flatMap((page) =>
      [...commandsOf(page), ...inlineCommandsOf(page)].map((command) => ({ page, command })),
    );
    expect(commands.length).toBeGreaterThan(50);
    const wrong = [];
    for (const { page, command } of commands) {
      const mistake = await mistakeIn(command);
      if (mistake !== null) wrong.push(`${page}: ${command}: ${mistake}`);
    }
    expect(wrong).toEqual([]);
  });

  it("write YAML that is YAML", () => {
    for (const page of pages)
      for (const block of blocksOf(page, "yaml")) expect(() => void parse(block), `${page}: ${block}`).not.toThrow();
  });
});

describe("first steps", () => {
  it("go as the page says", async () => {
    const cwd = await temporaryFolder();
    const page = "docs/first-steps.md";
    for (const block of [...blocksOf(page, "python"), ...blocksOf(page, "yaml")]) {
      const path = /^# (\S+)\n/u.exec(block)?.[1] ?? "";
      await mkdir(dirname(join(cwd, path)), { recursive: true });
      await writeFile(join(cwd, path), block);
    }
    const screens = new Map<string, string>();
    for (const command of commandsOf(page)) {
      const ran = await execa(process.execPath, [main, ...words(command).slice(1)], { cwd, all: true, reject: false });
      expect(ran.exitCode, `${command}: ${ran.all}`).toBe(0);
      if (!screens.has(command)) screens.set(command, ran.all);
    }
    expect(screens.get("pipeline run mine.yaml")).toContain("5 rows.");
    expect(screens.get("pipeline run mine.yaml")).toContain("2 left out: 1 no good test, 1 wrong value");
    expect(screens.get("pipeline inspect rejects")).toContain(
      "assert 180.0 == 190.0 where 180.0 = discounted(200, 10)",
    );
  }, 180_000);
});

interface Link {
  /** Relative to the project's root. */
  readonly file: string;
  readonly anchor: string | undefined;
}

function linksOf(page: string): Link[] {
  return [...textOf(page).matchAll(/\]\(([^)\s]+)\)/gu)].flatMap(([, target = ""]) => {
    if (/^[a-z]+:/u.test(target)) return [];
    const [path = "", anchor] = target.split("#");
    return [{ file: path === "" ? page : normalize(join(dirname(page), path)), anchor }];
  });
}

function brokenLinks(page: string): string[] {
  return linksOf(page).flatMap(({ file, anchor }) => {
    const where = `${page}: ${file}${anchor === undefined ? "" : `#${anchor}`}`;
    try {
      if (anchor !== undefined && !anchorsOf(file).has(anchor)) return [where];
      readdirOrRead(join(packageRoot, file));
      return [];
    } catch {
      return [where];
    }
  });
}

function readdirOrRead(path: string): void {
  try {
    readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EISDIR") throw error;
  }
}

function anchorsOf(page: string): Set<string> {
  const headings = textOf(page).matchAll(/^#+ (.+)$/gmu);
  return new Set([...headings].map(([, heading = ""]) => anchorOf(heading)));
}

/** As the hosts of repositories make it of a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
    .replaceAll(/\s/gu, "-");
}

/** Lines of shell blocks that call the program, without comments and line continuations. */
function commandsOf(page: string): string[] {
  const lines = blocksOf(page, "sh").flatMap((block) => block.replaceAll("\\\n", " ").split("\n"));
  return lines.flatMap((line) => /^(?:npx )?(pipeline .*?)(?:\s+#.*)?$/u.exec(line.trim())?.[1] ?? []);
}

/** Commands in the text itself; one that only names a command, without what it takes, is none. */
function inlineCommandsOf(page: string): string[] {
  return [...textOf(page).matchAll(/`(?:npx )?(pipeline [^`]+)`/gu)].flatMap(([, command = ""]) =>
    /^pipeline \w+$|COMMAND/u.test(command) ? [] : command,
  );
}

/** Words of a command as a shell takes them: quotes hold words together. */
function words(command: string): string[] {
  return [...command.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/gu)].map(
    ([, double, single, plain]) => double ?? single ?? plain ?? "",
  );
}

/** What the program says of a command line without carrying it out; null where it takes it. */
async function mistakeIn(command: string): Promise<string | null> {
  const [, ...args] = words(command);
  const program = await wholeProgram(args);
  visit(program, (each) => {
    each.configureOutput({ writeErr: () => undefined, writeOut: () => undefined });
    if (each.commands.length === 0) each.action(() => undefined);
  });
  const redirected = args.findIndex((word) => word === ">" || word === "|");
  try {
    await program.parseAsync(redirected < 0 ? args : args.slice(0, redirected), { from: "user" });
    return null;
  } catch (error) {
    // Help is what was asked for.
    return (error as CommanderError).exitCode === 0 ? null : (error as Error).message;
  }
}

function visit(command: Command, change: (command: Command) => void): void {
  change(command);
  for (const child of command.commands) visit(child, change);
}
