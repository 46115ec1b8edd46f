import type { Stage } from "../pipeline/stage.js";
import benchmark from "./benchmark.js";
import chat from "./chat.js";
import checkTests from "./check-tests.js";
import convert from "./convert.js";
import dedupe from "./dedupe.js";
import exportStage from "./export.js";
import extract from "./extract.js";
import filter from "./filter.js";
import generate from "./generate.js";
import generateShards from "./generate-shards.js";
import gold from "./gold.js";
import ingest from "./ingest.js";
import mine from "./mine.js";
import pairs from "./pairs.js";
import record from "./record.js";
import report from "./report.js";
import routes from "./routes.js";
import score from "./score.js";
import shard from "./shard.js";
import smoke from "./smoke.js";
import split from "./split.js";
import strengthen from "./strengthen.js";
import train from "./train.js";
import verify from "./verify.js";
import write from "./write.js";

/** Every stage that ships. Adding one is a file beside this one and a line here. */
export const stages: readonly Stage[] = [ingest, extract, routes, shard, mine, generate, generateShards, record, pairs, benchmark, gold, smoke, filter, verify, strengthen, checkTests, dedupe, split, chat, exportStage, train, convert, score, report, write];
