import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { writePeftAdapter } from "../../finetuning/mlx/adapter.js";
import { readTensors, readTensorShapes, type Tensor, writeTensors } from "../../finetuning/safetensors.js";
import { temporaryFolder } from "../support/pipelines.js";

const shape = { baseModel: "file:base", r: 2, alpha: 8, dropout: 0 };
const layer = "model.layers.0.self_attn.q_proj";

it("takes an adapter of mlx-lm over: x·A·B becomes B·A·x, under PEFT's names", async () => {
  const [input, a, b] = [
    [1, -2, 3],
    [
      [1, 2],
      [3, 4],
      [5, 6],
    ],
    [
      [1, 0, 2, 1],
      [0, 1, 1, 3],
    ],
  ];
  const folder = await temporaryFolder();
  await writeTensors(
    join(folder, "mlx"),
    new Map([
      [`${layer}.lora_a`, matrix(a)],
      [`${layer}.lora_b`, matrix(b)],
    ]),
    {},
  );
  await writePeftAdapter(join(folder, "mlx"), join(folder, "adapter"), shape);

  const taken = await readTensors(join(folder, "adapter/adapter_model.safetensors"));
  expect([...taken.keys()]).toEqual([
    `base_model.model.${layer}.lora_A.weight`,
    `base_model.model.${layer}.lora_B.weight`,
  ]);
  const [loraA, loraB] = [...taken.values()].map(rowsOf);
  expect(loraA).toHaveLength(2);
  expect(loraB).toHaveLength(4);
  expect(timesVector(loraB ?? [], timesVector(loraA ?? [], input))).toEqual(
    timesVector(columns(b), timesVector(columns(a), input)),
  );
  expect(JSON.parse(await readFile(join(folder, "adapter/adapter_config.json"), "utf8"))).toMatchObject({
    peft_type: "LORA",
    task_type: "CAUSAL_LM",
    base_model_name_or_path: "file:base",
    r: 2,
    lora_alpha: 8,
    target_modules: ["q_proj"],
  });
});

it("refuses what PEFT has no place for, rather than to lose it", async () => {
  const folder = await temporaryFolder();
  await writeTensors(join(folder, "mlx"), new Map([[`${layer}.m`, matrix([[1, 2]])]]), {});
  await expect(writePeftAdapter(join(folder, "mlx"), join(folder, "adapter"), shape)).rejects.toMatchObject({
    code: "training",
    message: expect.stringContaining(`${layer}.m [1, 2]`) as string,
  });
});

it("reads the shapes in a safetensors file without its weights, and says where a file is damaged", async () => {
  const path = join(await temporaryFolder(), "model.safetensors");
  await writeTensors(
    path,
    new Map([
      ["b", matrix([[1, 2, 3]])],
      ["a", matrix([[1], [2]])],
    ]),
    { format: "pt" },
  );
  expect([...(await readTensorShapes(path))]).toEqual([
    ["a", [2, 1]],
    ["b", [1, 3]],
  ]);
  await writeTensors(path, new Map(), {});
  expect([...(await readTensorShapes(path))]).toEqual([]);
  await expect(readTensors(import.meta.filename)).rejects.toMatchObject({
    code: "model",
    message: expect.stringContaining("mlx-adapter.test.ts is no safetensors file") as string,
  });
});

function matrix(rows: readonly (readonly number[])[]): Tensor {
  return {
    dtype: "F32",
    shape: [rows.length, rows[0]?.length ?? 0],
    data: new Uint8Array(Float32Array.from(rows.flat()).buffer),
  };
}

function rowsOf({ shape: [count = 0, width = 0], data }: Tensor): number[][] {
  const numbers = new Float32Array(Uint8Array.from(data).buffer);
  return Array.from({ length: count }, (_, row) => [...numbers.subarray(row * width, (row + 1) * width)]);
}

function columns(rows: readonly (readonly number[])[]): number[][] {
  return (rows[0] ?? []).map((_, column) => rows.map((row) => row[column] ?? 0));
}

function timesVector(rows: readonly (readonly number[])[], vector: readonly number[]): number[] {
  return rows.map((row) => row.reduce((sum, value, index) => sum + value * (vector[index] ?? 0), 0));
}
