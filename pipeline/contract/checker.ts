/** A tool that judges files: a compiler, an interpreter, a linter. */
export interface CheckerTool {
  /**
   * Name of the command, found in the folders of PATH (/usr/local/bin, /usr/bin, /bin unless told), or its absolute
   * path.
   */
  readonly command: string;
  /** Arguments that stand before all others: what starts a program of another system, with its path. */
  readonly leading?: readonly string[];
  /** Arguments that make it print its version; `--version` unless told. */
  readonly version?: readonly string[];
  /** Absolute folders and files that it reads, beside /usr, /bin and /lib: where it is installed, its settings. */
  readonly readable?: readonly string[];
  /** All that it finds of an environment beside PATH, HOME, TMPDIR, LC_ALL and TZ, which may be set here too. */
  readonly environment?: Readonly<Record<string, string>>;
  /**
   * Whether it needs unix sockets (wine does). They reach nothing of this machine; where no backend can promise that,
   * `check` throws.
   */
  readonly sockets?: boolean;
}

/** A tool as it is wanted, wherever it is installed. */
export interface WantedTool extends CheckerTool {
  /**
   * A wheel that has the command as one of its files, where nothing installs it: fetched by the user's own pip when it
   * is first run, and never installed. A program for Windows (.exe) is started by wine.
   */
  readonly wheel?: ToolWheel;
}

/** A wheel that holds a program. */
export interface ToolWheel {
  readonly name: string;
  readonly version: string;
  /** SHA-256 of the wheel. */
  readonly sha256: string;
}

/** A tool that is wanted, as it is installed on this machine. */
export interface FoundTool {
  readonly tool: CheckerTool;
  /** SHA-256 of what tells it from another version: its file, its package, what starts it. */
  readonly hash: string;
}

/** A tool that is run on files, and what it may take while it does: what `sandbox.check` is asked for. */
export interface CheckJob {
  readonly tool: CheckerTool;
  /**
   * What follows the command. `{file}` stands for the path of a file, which is then checked by a process of its own;
   * an argument `{files}` for the paths of all of them, which one process then checks at once.
   *
   * @example ["-m", "py_compile", "{file}"]
   */
  readonly arguments: readonly string[];
  readonly files: readonly CheckFile[];
  /** Files that lie beside each of them: headers, a package.json. */
  readonly beside?: readonly CheckFile[];
  readonly limits?: Partial<CheckLimits>;
}

/** A file that a checker finds in its work folder. */
export interface CheckFile {
  /** POSIX path inside the work folder, which is the working folder too: it may not leave it. */
  readonly path: string;
  readonly text: string;
}

/** Of one process with all that it starts. */
export interface CheckLimits {
  /** CPU seconds, and seconds in which nothing of it could have run. 10 unless told. */
  readonly timeout: number;
  /** MiB in use; what is reserved alone does not count. 1024 unless told. */
  readonly memory: number;
  /** Processes at once. 64 unless told. */
  readonly processes: number;
  /** MiB that it may write. 256 unless told. */
  readonly disk: number;
  /**
   * KiB of its standard output, and of its standard error, that are answered; it may write 64 times as much. 64 unless
   * told.
   */
  readonly output: number;
}

/** What became of one file; of all files of the job where one process checked them at once. */
export type CheckResult =
  | {
      readonly type: "ran";
      /** null where a signal ended it. */
      readonly exitCode: number | null;
      /** Number of the signal; null where it ended by itself. */
      readonly signal: number | null;
      /**
       * Why it was ended, the limit that it passed or `killed`, by whom is not known; null where it ended by itself.
       */
      readonly ended: "timeout" | "memory" | "processes" | "disk" | "output" | "killed" | null;
      readonly stdout: CheckOutput;
      readonly stderr: CheckOutput;
      /** On the clock. */
      readonly seconds: number;
      /** Most bytes in use at once, as they were seen. */
      readonly peakMemory: number;
    }
  /** What ran it was lost: this says nothing of the file. */
  | { readonly type: "infra"; readonly detail: string };

/** What a tool wrote to one of its outputs: the beginning, where it is long. */
export interface CheckOutput {
  /** UTF-8; what is not is replaced. */
  readonly text: string;
  /** Whether more was written than is shown. */
  readonly isCut: boolean;
}

/** What decides a tool's answers: equal identities give equal ones for equal files. */
export interface CheckerIdentity {
  /** Name of the backend, as in SandboxIdentity. */
  readonly backend: string;
  /** SHA-256 of the command's file; in a container, the image's id. */
  readonly command: string;
  /** What it printed when asked for its version. */
  readonly version: string;
  /** SHA-256 of the environment that it is given. */
  readonly environment: string;
  /** SHA-256 of the code that runs it. */
  readonly runner: string;
}
