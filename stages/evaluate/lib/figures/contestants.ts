import { parse } from "yaml";
import { z } from "zod";
import { modelHash } from "../../../../pipeline/contract/model.js";
import type { Artifact } from "../../../../pipeline/contract/records.js";
import type { Score } from "../records.js";
import type { StepSummary } from "../../../../pipeline/contract/step-summary.js";

/** Who took part, so that a reader knows what is compared with what. */
export interface Contestant {
  readonly role: string;
  /** Its weights as the pipeline file declares them; null for a baseline. */
  readonly model: {
    readonly source: string;
    readonly adapter: string | null;
    readonly quantization: string | null;
  } | null;
  /** The steps that asked it, and with what. */
  readonly asked: readonly Asked[];
  /** What its GGUF file says of how it was made; null where none of the steps before made it. */
  readonly card: Artifact["facts"] | null;
}

interface Asked {
  readonly step: string;
  /** The prompt file, as the pipeline file names it. */
  readonly prompt: string;
  /** chat, completion, or auto: the latter where the prompt file knows it. */
  readonly form: string | null;
}

const Step = z.object({
  id: z.string(),
  stage: z.string().optional(),
  from: z.union([z.array(z.string()), z.record(z.string(), z.array(z.string()))]).default([]),
  // Options of any stage, also of a user's own: those of these names may be something else there.
  with: z
    .object({
      model: z
        .union([z.string(), z.array(z.string())])
        .optional()
        .catch(undefined),
      prompt: z.string().optional().catch(undefined),
      form: z.string().optional().catch(undefined),
    })
    .prefault({}),
});
type Step = z.output<typeof Step>;

const text = z.string().optional();

/** A model as the pipeline's text has it; `name` is the short one, where it has one. */
const ModelEntry = z.object({
  source: z.union([z.string(), z.array(z.string())]),
  name: text,
  adapter: text,
  quantization: text,
  prompt: text,
  form: text,
});
type ModelEntry = z.output<typeof ModelEntry>;

/** What of a pipeline's text matters here. */
const Text = z.object({
  models: z.record(z.string(), ModelEntry).default({}),
  steps: z.array(Step).default([]),
});

interface Surroundings {
  /** The pipeline as YAML. */
  readonly text: string;
  readonly history: readonly Pick<StepSummary, "step" | "stage">[];
  /** What `train` and `convert` left. */
  readonly artifacts: readonly Artifact[];
}

/** Every contestant of the scores, by its name in them. */
export function introduce(
  scores: readonly Score[],
  { text, history, artifacts }: Surroundings,
): Record<string, Contestant> {
  const { models, steps } = Text.parse(parse(text));
  const scoring = history.filter(({ stage }) => ["score", "disagreements"].includes(stage)).map(({ step }) => step);
  const first = new Map(scores.toReversed().map((score) => [score.model, score]));
  return Object.fromEntries(
    [...new Set(scores.map(({ model }) => model))].map((name): [string, Contestant] => {
      const { role = "model", model: ref, model_sha256: sha256 } = first.get(name)?.labels ?? {};
      if (ref === undefined) return [name, { role: String(role), model: null, asked: [], card: null }];
      const { source = String(ref), name: short, adapter = null, quantization = null } = models[String(ref)] ?? {};
      const card =
        artifacts.find(
          (artifact) => artifact.type === "gguf" && hashesOf(artifact, quantization).includes(String(sha256)),
        )?.facts ?? null;
      return [
        name,
        {
          role: String(role),
          model: { source: short ?? [source].flat()[0] ?? "", adapter, quantization },
          asked: askersOf(String(ref), scoring, { steps, models }),
          card,
        },
      ];
    }),
  );
}

/** By what a model is known that is this file, or its base with this file as an adapter. */
function hashesOf({ sha256, facts: { base_sha256: base } }: Artifact, quantization: string | null): string[] {
  return [
    modelHash({ weights: sha256, adapter: null, quantization }),
    ...(base === undefined ? [] : [modelHash({ weights: String(base), adapter: sha256, quantization })]),
  ];
}

/** The nearest steps above the scores that asked a model: it may have taught the dataset, further up. */
function askersOf(
  ref: string,
  ids: readonly string[],
  { steps, models }: { readonly steps: readonly Step[]; readonly models: Readonly<Record<string, ModelEntry>> },
): Asked[] {
  const found = new Map<string, Asked>();
  const visit = (id: string): void => {
    const step = steps.find((each) => each.id === id);
    if (step === undefined) return;
    // A step that asks and names no prompt leaves it to the model's own entry.
    const own: Partial<ModelEntry> =
      step.stage === "generate" && step.with.prompt === undefined
        ? { prompt: "prompts/pytest.yaml", ...models[ref] }
        : {};
    const { model, prompt = own.prompt, form = own.form ?? null } = step.with;
    if (prompt !== undefined && [model].flat().includes(ref)) found.set(id, { step: id, prompt, form });
    else sourcesOf(step).forEach(visit);
  };
  ids.forEach(visit);
  return [...found.values()];
}

function sourcesOf({ from }: Step): string[] {
  return Array.isArray(from) ? from : Object.values(from).flat();
}
