import { afterAll, beforeAll, expect, it } from "vitest";
import check from "../../../stages/snippets/check.js";
import { laterSandbox, sandboxed, type Sandboxed } from "../../sandbox/sandboxed.js";
import { example } from "../../support/records.js";
import { stageTest } from "../../support/stage-test.js";

let box: Sandboxed;
beforeAll(async () => {
  box = await sandboxed({});
});
afterAll(async () => await box.close());
const services = { sandbox: laterSandbox(() => box) };

const snippet = (language: string, response: string) =>
  example(response, { task: "snippet", language, labels: {}, evidence: { type: "none" } });

const good = snippet("shell", "for each in 1 2; do echo $each; done\n");
const bad = snippet("shell", "if true; then\n");

stageTest(
  check,
  ({ run }) => {
    it("keeps what the language's own tool accepts, and says which; the tool's message is why others are not", async () => {
      const { kept, dropped } = await run([good, bad], {}, { services });
      expect(kept).toMatchObject([
        {
          response: good.response,
          evidence: { type: "check", tool: "bash", version: expect.stringContaining("GNU bash"), level: "syntax" },
        },
      ]);
      expect(dropped).toMatchObject([
        { record: bad.id, code: "refused", reason: expect.stringContaining("unexpected end of file") },
      ]);
    });
  },
  { inputs: [good, bad], surroundings: { services } },
);
