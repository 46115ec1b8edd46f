import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { execa } from "execa";
import { onTestFinished } from "vitest";
import { packageRoot } from "../../pipeline/system/paths.js";

/** Milliseconds after which a screen that stands still is not waited for. */
const patience = 30_000;

/** A shell in a real pseudo-terminal. */
export interface Terminal {
  readonly type: (text: string) => void;
  /**
   * Goes on when the screen shows what is looked for, behind what was found before, and answers the match; fails where
   * the shell ends first, or nothing more comes.
   */
  readonly shows: (pattern: RegExp) => Promise<RegExpExecArray>;
  /** All that was shown so far, without colours and movements of the cursor. */
  readonly screen: () => string;
}

/** Starts bash in a folder, with a prompt of its own. It ends with the test. */
export function openTerminal(cwd: string, env: Readonly<Record<string, string>> = {}): Terminal {
  const shell = ["bash", "--norc", "--noprofile", "-i"];
  const child = execa("python3", [join(packageRoot, "test/support/terminal.py"), ...shell], {
    cwd,
    reject: false,
    buffer: false,
    stdin: "pipe",
    // What says that nobody looks at a screen does not hold here.
    env: { TERM: "xterm-256color", NO_COLOR: "1", CI: undefined, HISTFILE: "", PIPELINE_SET: "", ...env },
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let text = "";
  let found = 0;
  let wake = (): void => undefined;
  child.stdout.on("data", (data: Buffer) => {
    text += stripVTControlCharacters(data.toString("utf8"));
    wake();
  });
  let isOver = false;
  void child.finally(() => {
    isOver = true;
    wake();
  });
  return {
    type: (keys) => void child.stdin.write(keys),
    screen: () => text,
    async shows(pattern) {
      for (;;) {
        const match = pattern.exec(text.slice(found));
        if (match !== null) {
          found += match.index + match[0].length;
          return match;
        }
        if (isOver) throw new Error(`the shell ended without showing ${String(pattern)}:\n${text}`);
        await new Promise<void>((resolve, reject) => {
          const tail = () =>
            new Error(`waited for ${String(pattern)}, and there was:\n${text.slice(found).slice(-3000)}`);
          const late = setTimeout(() => reject(tail()), patience);
          wake = () => {
            clearTimeout(late);
            resolve();
          };
        });
      }
    },
  };
}
