import { readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { cpus } from "node:os";
import { dirname, join } from "node:path";
import { z } from "zod";
import { hashValue } from "../../system/hash.js";
import { memoryLimit } from "../../system/memory.js";
import { packageVersion } from "../../system/package-version.js";
import { writeFileAtomic } from "../../system/files/write-file.js";
import type { GgufModel } from "../weights/gguf-model.js";
import { inferenceThreads } from "./cores.js";

const count = z.int().min(1);
const Calibration = z.object({
  teams: z.object({ processes: count, threads: count, sequences: count }),
  tokensPerSecond: z.number().positive(),
});
/** What was fastest for a model on this machine, and how fast it was. */
export type Calibration = z.infer<typeof Calibration>;

/** What was measured of a model on this machine, with as many threads; null: nothing, or by another llama.cpp. */
export function readCalibration(model: Calibrated, place: Place): Calibration | null {
  try {
    return Calibration.parse(JSON.parse(readFileSync(fileOf(model, place), "utf8")));
  } catch {
    // It is measured anew by who wants it; an answer does not depend on it.
    return null;
  }
}

/** Keeps what was measured. */
export async function writeCalibration(model: Calibrated, place: Place, calibration: Calibration): Promise<string> {
  const file = fileOf(model, place);
  await mkdir(dirname(file), { recursive: true });
  await writeFileAtomic(file, `${JSON.stringify(calibration, null, 2)}\n`);
  return file;
}

/** By which a measured model is known. */
type Calibrated = Pick<GgufModel, "hash">;

interface Place {
  readonly cacheDir: string;
  /** Threads in all. */
  readonly threads?: number;
}

/** A file for each model and machine: a cache may be shared by several. */
function fileOf({ hash }: Calibrated, { cacheDir, threads = inferenceThreads() }: Place): string {
  const machine = {
    cpu: cpus()[0]?.model ?? "",
    threads,
    gigabytes: Math.round(memoryLimit() / 1e9),
    library: packageVersion("node-llama-cpp"),
  };
  return join(cacheDir, "calibrations", `${hash.slice(0, 16)}-${hashValue(machine).slice(0, 12)}.json`);
}
