import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PipelineError } from "../../pipeline/system/errors.js";
import { readTensors, type Tensor, transposed, writeTensors } from "../safetensors.js";

/** What an adapter is in PEFT's form, beside its weights. */
export interface AdapterShape {
  readonly baseModel: string;
  readonly r: number;
  readonly alpha: number;
  readonly dropout: number;
}

/**
 * Writes the adapter of mlx-lm in the form of PEFT. mlx-lm multiplies from the right, x·A·B, where PEFT has B·A·x, so
 * that each of the two matrices is transposed; the scale is alpha / r in both.
 */
export async function writePeftAdapter(
  file: string,
  folder: string,
  { baseModel, r, alpha, dropout }: AdapterShape,
): Promise<void> {
  const found = [...(await readTensors(file))].map(([name, tensor]) => inPeft(name, tensor, r));
  await mkdir(folder, { recursive: true });
  await writeTensors(
    join(folder, "adapter_model.safetensors"),
    new Map(found.map(({ name, tensor }) => [name, tensor])),
    { format: "pt" },
  );
  const targets = [...new Set(found.map(({ layer }) => layer.split(".").at(-1) ?? layer))].toSorted();
  const config = {
    peft_type: "LORA",
    task_type: "CAUSAL_LM",
    base_model_name_or_path: baseModel,
    r,
    lora_alpha: alpha,
    lora_dropout: dropout,
    target_modules: targets,
    bias: "none",
    fan_in_fan_out: false,
    inference_mode: true,
  };
  await writeFile(join(folder, "adapter_config.json"), `${JSON.stringify(config, null, 2)}\n`);
}

function inPeft(
  name: string,
  tensor: Tensor,
  r: number,
): { readonly name: string; readonly layer: string; readonly tensor: Tensor } {
  const [, layer, half] = /^(.+)\.lora_([ab])$/u.exec(name) ?? [];
  const rank = tensor.shape[half === "a" ? 1 : 0];
  if (layer === undefined || half === undefined || tensor.shape.length !== 2 || rank !== r) {
    throw new PipelineError(
      `mlx-lm left something in its adapter that PEFT has no place for: ${name} [${tensor.shape.join(", ")}], ` +
        `where lora_a [in, ${r}] and lora_b [${r}, out] ` +
        `of linear layers were expected`,
      {
        code: "training",
        hint: "name linear layers alone in lora.target_modules of sft.yaml; experts cannot be taken over",
      },
    );
  }
  return { name: `base_model.model.${layer}.lora_${half.toUpperCase()}.weight`, layer, tensor: transposed(tensor) };
}
