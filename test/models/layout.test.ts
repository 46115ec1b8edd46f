import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { memoryLimit } from "../../pipeline/system/memory.js";
import {
  type LaidOutModel,
  layOut,
  modelBudget,
  processBytes,
  processesIn,
  requireMemory,
  shareMemory,
} from "../../pipeline/models/llama/layout.js";
import { loadedBytes, type LoadedModel, neededBytes } from "../../pipeline/models/llama/loaded-bytes.js";
import { packageRoot } from "../../pipeline/system/paths.js";
import { canLimitMemory, runInMemory } from "../support/memory-group.js";

const gigabyte = 1e9;

function model(changes: Partial<LoadedModel> = {}): Parameters<typeof layOut>[0] {
  return {
    weights: file("/models/tiny.Q4_1.gguf", 98e6),
    adapter: null,
    quantization: null,
    contextTokens: null,
    batchTokens: null,
    ...changes,
  };
}

const file = (path: string, bytes: number) => ({ type: "file" as const, path, sha256: "0".repeat(64), bytes });

describe("the limit of memory", () => {
  it("is the machine's where no control group says less", () => {
    expect(memoryLimit({ total: 16 * gigabyte, constrained: 0 })).toBe(16 * gigabyte);
    expect(memoryLimit({ total: 16 * gigabyte, constrained: 2 ** 64 })).toBe(16 * gigabyte);
    expect(memoryLimit({ total: 16 * gigabyte, constrained: 4 * gigabyte })).toBe(4 * gigabyte);
  });

  it.runIf(canLimitMemory)("is the control group's that the process is in", () => {
    const memory = pathToFileURL(join(packageRoot, "dist/pipeline/system/memory.js")).href;
    const said = runInMemory(
      700 * 2 ** 20,
      `
      import { readFileSync } from "node:fs";
      import { freeMemory, memoryLimit } from ${JSON.stringify(memory)};
      const read = readFileSync(process.execPath);
      console.log(JSON.stringify([memoryLimit(), freeMemory()]));
    `,
    );
    const [limitSaid = 0, freeSaid = 0] = JSON.parse(said) as number[];
    expect(limitSaid).toBe(700 * 2 ** 20);
    // Node itself takes some of it; what the group has read of files could be given up.
    expect(freeSaid).toBeGreaterThan(500 * 2 ** 20);
    expect(freeSaid).toBeLessThan(limitSaid - 10 * 2 ** 20);
  });
});

describe("the size of what is loaded", () => {
  it("is the file's, with the adapter's", () => {
    expect(loadedBytes(model())).toBe(98e6);
    expect(loadedBytes(model({ adapter: { source: "file:a.gguf", weights: file("/a.gguf", 20e6) } }))).toBe(118e6);
  });

  it("is that of the number format that it is made into", () => {
    expect(loadedBytes(model({ weights: file("/m/big-F16.gguf", 3.2e9), quantization: "q4_0" }))).toBeCloseTo(0.9e9);
    expect(
      loadedBytes(
        model({ weights: { type: "folder", path: "/m/big", sha256: "0", bytes: 1.6e9 }, quantization: "q8_0" }),
      ),
    ).toBeCloseTo(0.85e9);
    expect(loadedBytes(model({ weights: file("/m/unnamed.gguf", 2e9), quantization: "q8_0" }))).toBe(2e9);
  });
});

describe("the memory that a model needs", () => {
  it("is its file, what a process holds for itself, and the weights that llama.cpp lays out anew", () => {
    const file4 = model({ weights: file("/m/big-q4_k_m.gguf", 1e9) });
    expect(neededBytes(file4)).toBeCloseTo(2.05e9);
    expect(neededBytes(model({ weights: file("/m/big-q8_0.gguf", 1e9) }))).toBeCloseTo(1.45e9);
    expect(neededBytes(model({ weights: file("/m/big-f16.gguf", 3.2e9), quantization: "q4_0" }))).toBeCloseTo(1.885e9);
  });

  it("is counted once for what processes share", () => {
    const memory = { shared: 1e9, process: 0.3e9 };
    expect([0, 1, 2].map((processes) => processBytes(memory, processes))).toEqual([0, 1.3e9, 1.6e9]);
  });
});

describe("the layout", () => {
  const settings = { threads: 4, determinism: "strict", budget: 16 * gigabyte } as const;
  const large = model({ weights: file("/m/big.Q4_K_M.gguf", 5e9) });
  const team = { mostProcesses: 1, shape: { threads: 4, sequences: 1 } };

  it("is one-thread processes, one a thread, where memory holds enough; else one process with all threads", () => {
    expect(layOut(model(), settings)).toMatchObject({ mostProcesses: 4, shape: { threads: 1, sequences: 1 } });
    expect(layOut(model({ weights: file("/m/1.5b.Q4_K_M.gguf", 1.1e9) }), settings)).toMatchObject({
      mostProcesses: 4,
      shape: { threads: 1 },
    });
    // Two of the large one take 13 GB: half of the threads.
    expect(layOut(large, settings)).toMatchObject({ mostProcesses: 4, shape: { threads: 1 } });
    expect(layOut(large, { ...settings, budget: 12 * gigabyte })).toMatchObject(team);
    expect(layOut(large, { ...settings, threads: 8 })).toMatchObject({ mostProcesses: 1, shape: { threads: 8 } });
    expect(layOut(large, { ...settings, threads: 1, budget: gigabyte })).toMatchObject({
      mostProcesses: 1,
      shape: { threads: 1 },
    });
    expect(layOut(model(), { ...settings, determinism: "fast" })).toMatchObject({
      mostProcesses: 4,
      shape: { threads: 1, sequences: 8, contextTokens: null },
    });
  });

  it("is what was measured where speed goes first; else as many answers at once as memory holds", () => {
    const fast = { ...settings, determinism: "fast" } as const;
    const calibrated = { processes: 2, threads: 2, sequences: 16 };
    expect(layOut(model(), { ...fast, calibrated })).toMatchObject({
      mostProcesses: 2,
      shape: { threads: 2, sequences: 16 },
    });
    expect(layOut(model(), { ...settings, calibrated }).shape).toMatchObject({ threads: 1, sequences: 1 });
    const sequences = [8.9, 9, 10, 12].map(
      (gigabytes) => layOut(large, { ...fast, budget: gigabytes * gigabyte }).shape.sequences,
    );
    expect(sequences).toEqual([1, 2, 4, 8]);
  });

  it("has the same shape on machines with other cores, so that they share what they remember", () => {
    const shapes = [1, 2, 8, 14].map(
      (threads) => layOut(model({ weights: file("/m/1.5b.Q4_K_M.gguf", 1.1e9) }), { ...settings, threads }).shape,
    );
    expect(new Set(shapes.map((shape) => JSON.stringify(shape))).size).toBe(1);
  });

  it("goes by what is loaded: the number format that a file is made into, and a long context", () => {
    const small = { ...settings, budget: 3 * gigabyte };
    const holds = (changes: Partial<LaidOutModel>) => layOut(model(changes), small).mostProcesses > 1;
    expect(holds({ weights: file("/m/big-f16.gguf", 3e9), quantization: "q4_1" })).toBe(true);
    expect(holds({ weights: file("/m/big-q4_1.gguf", 2e9), quantization: "q8_0" })).toBe(false);
    expect([4096, 131_072].map((contextTokens) => holds({ contextTokens }))).toEqual([true, false]);
  });
});

describe("memory", () => {
  const small = { shared: 100e6, process: 300e6, mostProcesses: 4 };
  const large = { shared: 1.7e9, process: 300e6, mostProcesses: 1 };

  it("holds as many processes as fit in half of the limit, and one whatever it is", () => {
    const processes = (limit: number) => processesIn(modelBudget(limit), small);
    expect([0.3, 1.4, 2.1, 64].map((limit) => processes(limit * gigabyte))).toEqual([1, 2, 3, 4]);
  });

  it("is shared by all models that are asked at once, each by what it could use", () => {
    const [forSmall = 0, forLarge = 0] = shareMemory(modelBudget(4 * gigabyte), [small, large]);
    expect(forSmall + forLarge).toBeCloseTo(2 * gigabyte);
    expect(processesIn(forSmall, small)).toBe(2);
    expect(processesIn(forLarge, large)).toBe(1);
    // Alone, it had four.
    expect(processesIn(shareMemory(modelBudget(4 * gigabyte), [small])[0] ?? 0, small)).toBe(4);
  });

  it("is said to be too little before a model is loaded that it does not hold, with what to do", () => {
    const refused = { source: "coder-1.5b", contextTokens: null };
    expect(() => requireMemory(refused, { needed: 2.1e9, free: 2.2e9 })).not.toThrow();
    expect(() => requireMemory(refused, { needed: 2.1e9, free: 1.4e9 })).toThrow(
      expect.objectContaining({
        message: "the model coder-1.5b needs about 2.1 GB of memory, and 1.4 GB is free",
        hint: expect.stringMatching(/smaller model.*contextTokens/u) as string,
      }),
    );
  });
});
