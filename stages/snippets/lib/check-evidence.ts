import { z } from "zod";
import { defineEvidence } from "../../../pipeline/contract/evidence.js";

/** How far a tool went with a snippet, the least first: each says more than those before it. */
export const levels = ["parse", "syntax", "types", "load", "run"] as const;
/** One of them. */
export const Level = z.enum(levels);
export type Level = z.infer<typeof Level>;

const meaning: Readonly<Record<Level, string>> = {
  parse: "a grammar parses it",
  syntax: "the language's own tool finds its syntax right",
  types: "the compiler finds its types right",
  load: "the language's own program loads it",
  run: "it was run, and gives the outputs that it states",
};

const schema = z.strictObject({
  type: z.literal("check"),
  tool: z.string().min(1).describe("The command that judged the snippet"),
  version: z.string().describe("What it says of its version, in one line"),
  level: Level.describe(levels.map((level) => `${level}: ${meaning[level]}`).join("; ")),
});

/** What proves a snippet: the tool that found nothing wrong with it, and how far it looked. */
export const CheckEvidence = defineEvidence({
  type: "check",
  schema,
  columns: {
    checkTool: { type: "string", meaning: "The tool that found nothing wrong with the row", read: ({ tool }) => tool },
    checkLevel: {
      type: "string",
      meaning: `How far it looked: ${levels.map((level) => `${level} (${meaning[level]})`).join(", ")}`,
      read: ({ level }) => level,
    },
  },
  proves: ({ tool, level }) => (level === "run" ? `running it with ${tool}` : `checking it with ${tool}`),
});
export type CheckEvidence = z.infer<typeof schema>;
