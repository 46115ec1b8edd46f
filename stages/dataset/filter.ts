import { z } from "zod";
import { type Reason, reason } from "../../pipeline/contract/reasons.js";
import { Example } from "../../pipeline/contract/records.js";
import { defineStage } from "../../pipeline/contract/stage.js";

/** Keeps rows by what can be seen of them without running anything: put it before `verify`, and less has to be run. */
export default defineStage({
  name: "filter",
  summary: "Keeps examples of the wanted lengths and teachers",
  version: 1,
  reads: Example,
  writes: Example,
  parallel: "record",
  options: z
    .strictObject({
      maxCharacters: z.int().min(1).optional().describe("Longest row: characters of prompt and response together"),
      minResponse: z.int().min(0).default(0).describe("Shortest response, in characters"),
      maxResponse: z.int().min(1).optional().describe("Longest response, in characters"),
      teachers: z
        .array(z.string().min(1))
        .min(1)
        .optional()
        .describe(
          "Who may have written the response: doctest, human, record, model (any model), model:NAME; unless told, " +
            "anyone",
        ),
    })
    .refine(({ minResponse, maxResponse = Infinity }) => minResponse <= maxResponse, {
      error: "no response is at least minResponse and at most maxResponse long",
      path: ["minResponse"],
    }),

  async *run(examples, options, context) {
    for await (const example of examples) {
      const unwanted = whyNot(example, options);
      if (unwanted === null) yield example;
      else context.drop(example, unwanted);
    }
  },
});

function whyNot(
  { prompt, response, labels: { teacher } }: Example,
  {
    maxCharacters = Infinity,
    minResponse,
    maxResponse = Infinity,
    teachers,
  }: {
    maxCharacters?: number | undefined;
    minResponse: number;
    maxResponse?: number | undefined;
    teachers?: readonly string[] | undefined;
  },
): Reason | null {
  const whole = prompt.length + response.length;
  if (whole > maxCharacters) return reason("too-long", `longer than ${maxCharacters} characters: ${whole}`);
  if (response.length > maxResponse)
    return reason("response-too-long", `response longer than ${maxResponse} characters: ${response.length}`);
  if (response.length < minResponse)
    return reason("response-too-short", `response shorter than ${minResponse} characters: ${response.length}`);
  const [who = ""] = String(teacher).split(":", 1);
  return teachers === undefined || teachers.includes(who) || teachers.includes(String(teacher))
    ? null
    : reason("teacher-not-wanted", `teacher not wanted: ${who}`);
}
