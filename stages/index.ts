import type { Stage } from "../pipeline/contract/stage.js";
import benchmark from "./evaluate/benchmark.js";
import chat from "./dataset/chat.js";
import checkTests from "./tests/check-tests.js";
import convert from "./train/convert.js";
import dedupe from "./dataset/dedupe.js";
import disagreements from "./evaluate/disagreements.js";
import exportStage from "./dataset/export.js";
import extract from "./python/extract.js";
import filter from "./dataset/filter.js";
import generate from "./tests/generate.js";
import generateShards from "./tests/generate-shards.js";
import gold from "./evaluate/gold.js";
import ingest from "./read/ingest.js";
import mine from "./tests/mine.js";
import modelCard from "./evaluate/model-card.js";
import mutants from "./evaluate/mutants.js";
import pairs from "./evaluate/pairs.js";
import record from "./tests/record.js";
import recordValues from "./tests/record-values.js";
import report from "./evaluate/report.js";
import routes from "./python/routes.js";
import score from "./evaluate/score.js";
import shard from "./python/shard.js";
import smoke from "./tests/smoke.js";
import split from "./dataset/split.js";
import strengthen from "./tests/strengthen.js";
import train from "./train/train.js";
import verify from "./tests/verify.js";
import write from "./tests/write.js";

/** Every stage that ships. Adding one is a file in the room that it belongs to, and a line here. */
export const stages: readonly Stage[] = [
  ingest,
  extract,
  routes,
  shard,
  mine,
  generate,
  generateShards,
  recordValues,
  record,
  pairs,
  mutants,
  benchmark,
  gold,
  smoke,
  filter,
  verify,
  strengthen,
  checkTests,
  dedupe,
  split,
  chat,
  exportStage,
  train,
  convert,
  score,
  disagreements,
  report,
  modelCard,
  write,
];
