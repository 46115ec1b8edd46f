import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { RelativePath } from "../../system/files/relative-path.js";
import { manifestName } from "../config/outputs.js";
import { parseJson } from "../../system/files/parse-json.js";

/** `manifest.json` beside the outputs: which steps made them, what they counted, and the files. */
export const OutputsManifest = z.object({
  name: z.string(),
  seed: z.number(),
  /** Only ever compared and shown. */
  steps: z.array(z.record(z.string(), z.unknown())),
  files: z.array(z.object({ path: RelativePath, sha256: z.string().regex(/^[0-9a-f]{64}$/u), bytes: z.int().min(0) })),
});
export type OutputsManifest = z.infer<typeof OutputsManifest>;

/** What an outputs folder says of itself. Whoever gave the folder wrote it: nothing of it is used unread. */
export async function readOutputsManifest(
  folder: string,
): Promise<{ readonly manifest: OutputsManifest | null } | { readonly damage: string }> {
  let text: string;
  try {
    text = await readFile(join(folder, manifestName), "utf8");
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return { manifest: null };
    return { damage: error instanceof Error ? error.message : String(error) };
  }
  const parsed = OutputsManifest.safeParse(parseJson(text));
  if (parsed.success) return { manifest: parsed.data };
  const [issue] = parsed.error.issues;
  return {
    damage:
      parseJson(text) === undefined
        ? "it is no JSON"
        : `${issue?.path.join(".") || "the whole"}: ${issue?.message ?? ""}`,
  };
}
