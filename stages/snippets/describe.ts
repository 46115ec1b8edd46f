import { z } from "zod";
import { render } from "../../pipeline/contract/prompt.js";
import { reason } from "../../pipeline/contract/reasons.js";
import { Example } from "../../pipeline/contract/records.js";
import { defineStage } from "../../pipeline/contract/stage.js";
import { Description, describedBy } from "./describe/description.js";
import { leakOf } from "./describe/leak.js";
import { definitionPatterns, outlineRules } from "./lib/outlines.js";

/**
 * Asks for a snippet by what it does, as far as the snippet says that itself: by its first comment, which the answer
 * then does without, or by headings among its comments, what it defines, what it calls; by its file's name only where
 * there is nothing else. No line of the answer stands in the question.
 */
export default defineStage({
  name: "describe",
  summary: "Words what a snippet is asked by: its own comments, definitions and calls",
  version: 1,
  reads: Example,
  writes: Example,
  parallel: "record",
  options: z.strictObject({
    prompt: Description.option
      .default({
        template: "Write in {{language}}: {{what}}\nIt has the parts: {{headings?}}\nIt defines: {{definitions?}}",
      })
      .describe(
        `What a row asks: a prompt file, or { template: TEXT }. It shows ${Description.shows.join(", ")} as ` +
          "{{what}}; a line with {{calls?}} appears only where there are some",
      ),
    by: z
      .array(z.enum(describedBy))
      .min(1)
      .default([...describedBy])
      .describe("What it is asked by: the first of these that the snippet has, which the label `described` names"),
    keepComment: z
      .boolean()
      .default(false)
      .describe("Whether the answer keeps the comment that the question was made of"),
    definitions: definitionPatterns,
  }),

  async *run(examples, { prompt, by, keepComment, definitions }, context) {
    const template = Description.templateOf(prompt, context);
    for await (const example of examples) {
      if (example.messages !== undefined) {
        yield example;
        continue;
      }
      const found = Description.of(example, { rules: outlineRules(example.language, definitions), by, keepComment });
      if (found === null) {
        const text = `nothing to ask it by: it has none of ${by.join(", ")}`;
        context.drop(example, reason("nothing-to-ask-by", text));
        continue;
      }
      const question = render(template, found.shown);
      const leak = leakOf(question, found.answer);
      if (leak !== null) {
        context.drop(example, reason("leak", `a line of the answer stands in the question: ${leak}`));
        continue;
      }
      yield Example.derive(example, {
        prompt: question,
        response: found.answer,
        labels: { ...example.labels, described: found.by },
      });
    }
  },
});
