import type { TrainerLimit, TrainingRequest, TrainingTool } from "../pipeline/contract/finetuning.js";
import type { TrainingConfig } from "../pipeline/contract/training-config.js";
import type { Surroundings } from "./run-program.js";

/** Something that trains. It is given a folder as `finetuning/README.md` describes it, and leaves its results there. */
export interface Trainer {
  /** Whether it needs the base as a folder in the form of transformers, and cannot read a GGUF file. */
  readonly needsFolder: boolean;
  /** What of a configuration it cannot do. */
  limits(config: TrainingConfig): readonly TrainerLimit[];
  /**
   * The tool that it runs, in the user's own environment; null where it brings its own. Throws a PipelineError where
   * there is none.
   */
  tool(): Promise<TrainingTool | null>;
  /** Trains to the end, going on from the checkpoints in the folder. */
  train(request: TrainingRequest, work: string, surroundings: Surroundings): Promise<void>;
}
