/**
 * What a stage of one's own is written with, the package's entry `distil-pipeline/stage`:
 * `import { defineStage, Example, z } from "distil-pipeline/stage"`.
 */
export * from "./contract/index.js";
export { PytestEvidence, Score, Shard, Target, testedTarget, unverified } from "../stages/records.js";
