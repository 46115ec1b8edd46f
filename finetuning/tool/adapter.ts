import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";

/** Says in an adapter of PEFT's form what the user calls its base: a tool knows it by a path of this machine. */
export async function nameBase(adapter: string, baseModel: string): Promise<void> {
  const path = join(adapter, "adapter_config.json");
  const config = z.record(z.string(), z.unknown()).parse(JSON.parse(await readFile(path, "utf8")));
  await writeFile(path, `${JSON.stringify({ ...config, base_model_name_or_path: baseModel }, null, 2)}\n`);
}
