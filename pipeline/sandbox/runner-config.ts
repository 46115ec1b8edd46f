/** How a runner is started: what it may see and do. All but `python` and `hashSeed` is told to it as JSON. */
export interface RunnerConfig {
  /** Absolute path of the interpreter. */
  readonly python: string;
  readonly backend: string;
  readonly hashSeed: number;
  /** Whether the clock, the time zone and the folders are others than here. */
  readonly isMoved?: boolean;
  /** Absolute folders that are visible inside, read-only. */
  readonly readable: readonly string[];
  /** Absolute folders of the test environment, for sys.path. */
  readonly paths: readonly string[];
  /** Absolute folders that the source is imported from. */
  readonly roots: readonly string[];
  /** Absolute folder of the whole source; null where there is none. */
  readonly source: string | null;
  /** Folders of this machine, with what is shown of them. */
  readonly shown: readonly (readonly [folder: string, name: string])[];
  /** Set where commands are run, and no tests. */
  readonly checker?: CheckerProfile;
  /** True: only to see whether the backend works; pytest is not loaded. */
  readonly probe: boolean;
}

/** What a runner of commands allows beyond what tests may do. */
export interface CheckerProfile {
  /** Whether unix sockets may be made, in the runner's own network. */
  readonly sockets: boolean;
  /** Bytes of the work folder, and of /dev/shm. */
  readonly disk: number;
}
