import { z } from "zod";
import type { Sampling } from "../../../pipeline/contract/model.js";

/** Options of how answers are drawn: the same for every stage that asks for tests. */
export const samplingOptions = {
  temperature: z.number().min(0).max(2).default(0.4).describe("0 is greedy: one sample is then all there is"),
  topP: z
    .number()
    .gt(0)
    .max(1)
    .default(1)
    .describe("Draws from the most likely tokens that together have this probability"),
  topK: z
    .int()
    .min(0)
    .default(100)
    .describe("Draws from this many of the most likely tokens; 0: from all, which costs time"),
  minP: z
    .number()
    .min(0)
    .max(1)
    .default(0.05)
    .describe("Leaves out tokens less likely than this part of the most likely one"),
  repeatPenalty: z
    .number()
    .min(1)
    .max(2)
    .default(1)
    .describe("Makes tokens that stand in the answer less likely; 1: does not"),
};

/** How a model is to draw its answers, out of the options of a stage. */
export function samplingOf({ temperature, topP, topK, minP, repeatPenalty }: Required<Sampling>): Required<Sampling> {
  return { temperature, topP, topK, minP, repeatPenalty };
}
