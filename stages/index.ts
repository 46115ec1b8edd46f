import type { Stage } from "../pipeline/stage.js";
import chat from "./chat.js";
import dedupe from "./dedupe.js";
import extract from "./extract.js";
import ingest from "./ingest.js";

/** Every stage that ships. Adding one is a file beside this one and a line here. */
export const stages: readonly Stage[] = [ingest, extract, dedupe, chat];
