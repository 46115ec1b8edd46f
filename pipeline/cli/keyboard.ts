import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { emitKeypressEvents } from "node:readline";

/** What a keyboard tells. */
export interface KeyboardListener {
  /** A key that prints a sign was pressed, without Ctrl or Alt: "p". */
  pressed(key: string): void;
  /** The process is about to be stopped by Ctrl-Z, and the terminal goes back to the shell. */
  suspended(): void;
  /** It goes on. */
  resumed(): void;
}

interface Key {
  readonly name?: string;
  readonly ctrl: boolean;
  readonly meta: boolean;
}

/** Milliseconds between two looks whether the terminal is this process's again. */
const lookAgain = 1000;

/** Whether keys can be read: it is a terminal, and the process is not one in the background. */
export function hasKeyboard(stdin: NodeJS.ReadStream): boolean {
  return stdin.isTTY && isInForeground();
}

/**
 * Reads single keys from a terminal, which is raw meanwhile: Ctrl-C, Ctrl-Z and Ctrl-\ still do what they do in any
 * program. The terminal is given back by `close`, at the end of the process, also after a failure nobody caught, and
 * while the process is stopped (SIGTSTP). After a death that cannot be caught (SIGKILL) the shell restores it.
 */
export class Keyboard {
  readonly #stdin: NodeJS.ReadStream;
  readonly #listener: KeyboardListener;
  #isTaken = false;
  #waiting: NodeJS.Timeout | undefined;

  constructor(stdin: NodeJS.ReadStream, listener: KeyboardListener) {
    this.#stdin = stdin;
    this.#listener = listener;
    emitKeypressEvents(stdin);
    process.on("exit", this.#giveBack);
    process.on("SIGTSTP", this.#suspend);
    process.on("SIGCONT", this.#resume);
    // A terminal that is closed is told by SIGHUP.
    stdin.on("error", ignore);
    this.#take();
  }

  /** Gives the terminal back, and reads no key any more. */
  close(): void {
    process.off("exit", this.#giveBack);
    process.off("SIGTSTP", this.#suspend);
    process.off("SIGCONT", this.#resume);
    this.#giveBack();
    this.#stdin.off("error", ignore);
  }

  #take(): void {
    // The shell may have changed the mode meanwhile: it is set even where it was.
    this.#stdin.setRawMode(false).setRawMode(true);
    this.#stdin.off("keypress", this.#onKey).on("keypress", this.#onKey).resume();
    this.#isTaken = true;
  }

  readonly #giveBack = (): void => {
    clearTimeout(this.#waiting);
    if (!this.#isTaken) return;
    this.#isTaken = false;
    this.#stdin.off("keypress", this.#onKey);
    this.#stdin.setRawMode(false).pause();
  };

  readonly #suspend = (): void => {
    this.#listener.suspended();
    this.#giveBack();
    process.kill(process.pid, "SIGSTOP");
  };

  readonly #resume = (): void => {
    this.#listener.resumed();
    this.#takeInForeground();
  };

  /**
   * In the background a process may not touch the terminal's mode: the system would stop it again. Nothing tells of a
   * process that goes on there that it has come to the foreground.
   */
  #takeInForeground(): void {
    clearTimeout(this.#waiting);
    if (isInForeground()) this.#take();
    else this.#waiting = setTimeout(() => this.#takeInForeground(), lookAgain).unref();
  }

  readonly #onKey = (text: string | undefined, { name = "", ctrl, meta }: Key): void => {
    if (ctrl) this.#control(name);
    else if (!meta && text?.length === 1) this.#listener.pressed(text);
  };

  /** What a terminal that is not raw does itself; what is stopped is all that the shell has started together. */
  #control(name: string): void {
    if (name === "c") process.kill(process.pid, "SIGINT");
    if (name === "z") process.kill(0, "SIGTSTP");
    if (name === "\\") {
      this.#giveBack();
      process.kill(process.pid, "SIGQUIT");
    }
  }
}

function ignore(): void {
  // Nothing can be done about it.
}

/** Whether this process is among those that the terminal belongs to. Where nobody can tell, it is taken not to be. */
function isInForeground(): boolean {
  if (process.platform === "win32") return true;
  const [group, ofTerminal] = processGroups();
  return group !== undefined && group === ofTerminal;
}

/** The group of this process, and the one that its terminal belongs to. */
function processGroups(): readonly (string | undefined)[] {
  try {
    if (process.platform === "linux") {
      // Behind the name, which may hold anything: state, parent, group, session, terminal, group of the terminal.
      const [, facts = ""] = /^.*\) (.*)$/su.exec(readFileSync("/proc/self/stat", "utf8")) ?? [];
      const [, , group, , , ofTerminal] = facts.split(" ");
      return [group, ofTerminal];
    }
    const text = execFileSync("ps", ["-o", "pgid=,tpgid=", "-p", String(process.pid)], { encoding: "utf8" });
    return text.trim().split(/\s+/u);
  } catch {
    return [];
  }
}
