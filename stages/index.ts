import type { StageModules } from "../pipeline/contract/stage.js";

/**
 * Every stage that ships, by its name, which is its file's too: loaded when a pipeline names it. Adding one is a file
 * in the room that it belongs to, and a line here.
 */
export const stages = {
  ingest: () => import("./read/ingest.js"),
  snippets: () => import("./snippets/snippets.js"),
  references: () => import("./snippets/references.js"),
  extract: () => import("./python/extract.js"),
  routes: () => import("./python/routes.js"),
  shard: () => import("./python/shard.js"),
  mine: () => import("./tests/mine.js"),
  generate: () => import("./tests/generate.js"),
  "generate-shards": () => import("./tests/generate-shards.js"),
  "record-values": () => import("./tests/record-values.js"),
  record: () => import("./tests/record.js"),
  pairs: () => import("./evaluate/pairs.js"),
  mutants: () => import("./evaluate/mutants.js"),
  benchmark: () => import("./evaluate/benchmark.js"),
  gold: () => import("./evaluate/gold.js"),
  smoke: () => import("./tests/smoke.js"),
  filter: () => import("./dataset/filter.js"),
  verify: () => import("./tests/verify.js"),
  strengthen: () => import("./tests/strengthen.js"),
  "check-tests": () => import("./tests/check-tests.js"),
  fit: () => import("./snippets/fit.js"),
  describe: () => import("./snippets/describe.js"),
  check: () => import("./snippets/check.js"),
  "read-dataset": () => import("./dataset/read-dataset.js"),
  dedupe: () => import("./dataset/dedupe.js"),
  split: () => import("./dataset/split.js"),
  chat: () => import("./dataset/chat.js"),
  export: () => import("./dataset/export.js"),
  train: () => import("./train/train.js"),
  convert: () => import("./train/convert.js"),
  score: () => import("./evaluate/score.js"),
  disagreements: () => import("./evaluate/disagreements.js"),
  report: () => import("./evaluate/report.js"),
  "model-card": () => import("./evaluate/model-card.js"),
  write: () => import("./tests/write.js"),
} satisfies StageModules;
