import { z } from "zod";
import { type Reason, reason } from "../../pipeline/contract/reasons.js";
import { Example } from "../../pipeline/contract/records.js";
import { defineStage } from "../../pipeline/contract/stage.js";

const LabelValue = z.union([z.string(), z.number(), z.boolean()]);
type LabelValue = z.infer<typeof LabelValue>;

/** Keeps rows by what can be seen of them without running anything: put it before `verify`, and less has to be run. */
export default defineStage({
  name: "filter",
  summary: "Keeps examples of the wanted lengths, teachers and labels",
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
      labels: z
        .record(z.string(), z.union([LabelValue, z.array(LabelValue).min(1)]))
        .default({})
        .describe("Labels that a row has to have, each with its value or one of several: { requires: [v2.0, v2.1] }"),
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

interface Wanted {
  readonly maxCharacters?: number | undefined;
  readonly minResponse: number;
  readonly maxResponse?: number | undefined;
  readonly teachers?: readonly string[] | undefined;
  readonly labels: Readonly<Record<string, LabelValue | readonly LabelValue[]>>;
}

function whyNot(
  { prompt, response, labels }: Example,
  { maxCharacters = Infinity, minResponse, maxResponse = Infinity, teachers, labels: wanted }: Wanted,
): Reason | null {
  const whole = prompt.length + response.length;
  if (whole > maxCharacters) return reason("too-long", `longer than ${maxCharacters} characters: ${whole}`);
  if (response.length > maxResponse)
    return reason("response-too-long", `response longer than ${maxResponse} characters: ${response.length}`);
  if (response.length < minResponse)
    return reason("response-too-short", `response shorter than ${minResponse} characters: ${response.length}`);
  const [who = ""] = String(labels["teacher"]).split(":", 1);
  if (teachers !== undefined && !teachers.includes(who) && !teachers.includes(String(labels["teacher"])))
    return reason("teacher-not-wanted", `teacher not wanted: ${who}`);
  // Numbers in a pipeline file may stand for texts: v2.0 is one, 2.0 is none.
  const other = Object.entries(wanted).find(
    ([name, values]) => ![values].flat().map(String).includes(String(labels[name])),
  );
  if (other === undefined) return null;
  const [name] = other;
  return reason("label-not-wanted", `${name} not wanted: ${String(labels[name] ?? "it has none")}`);
}
