import type { CheckerTool } from "../contract/checker.js";
import type { Interpreter } from "../system/python/interpreter.js";
import type { BackendName } from "./backends.js";
import type { RunnerPool } from "./pool.js";
import type { RunnerConfig } from "./runner-config.js";

/** What commands are run with. */
export interface CheckerPlace {
  readonly backend: BackendName;
  /** Runs the runner; a tool need not know it. */
  readonly python: Interpreter;
  readonly pool: RunnerPool;
}

/** The runner that a tool needs; `disk` in bytes. */
export function toolConfig(
  { readable = [], sockets = false }: CheckerTool,
  disk: number,
  { backend, python }: CheckerPlace,
): RunnerConfig {
  return {
    python: python.interpreter,
    backend,
    hashSeed: 0,
    readable: [...python.readable, ...readable],
    paths: [],
    roots: [],
    source: null,
    shown: [],
    checker: { sockets, disk },
    probe: false,
  };
}
