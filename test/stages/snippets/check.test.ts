import { afterAll, beforeAll, describe, expect, it } from "vitest";
import check from "../../../stages/snippets/check.js";
import { laterSandbox, sandboxed, type Sandboxed } from "../../sandbox/sandboxed.js";
import { runStage } from "../../support/run-stage.js";
import { stageTest } from "../../support/stage-test.js";
import { languages, snippet } from "./languages.js";

let box: Sandboxed;
beforeAll(async () => {
  box = await sandboxed({});
});
afterAll(async () => await box.close());
const services = { sandbox: laterSandbox(() => box) };

const good = snippet("shell", "for each in 1 2; do echo $each; done\n");
const bad = snippet("shell", "if true; then\n");

stageTest(
  check,
  ({ run }) => {
    it("keeps what the language's own tool accepts, and says which; its message is why others are not", async () => {
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

describe("the tool that ships for", () => {
  it.for(languages)("$language tells right from wrong", { timeout: 120_000 }, async (language, { skip }) => {
    const rows = [...language.good, ...language.bad.map(({ text }) => text)].map((text) =>
      snippet(language.language, text),
    );
    const { kept, dropped, failed, notices } = await runStage(check, rows, { missing: "reject" }, { services });
    skip(notices.length > 0, notices.join("\n"));
    expect(failed).toEqual([]);
    expect(kept.map((row) => ("response" in row ? row.response : null))).toEqual(language.good);
    for (const row of kept)
      expect(row).toMatchObject({ evidence: { type: "check", tool: language.tool, level: language.level } });
    const reasons = new Map(dropped.map(({ record, reason }) => [record, reason]));
    expect(rows.slice(language.good.length).map(({ id }) => reasons.get(id))).toEqual(
      language.bad.map(({ says }) => expect.stringContaining(says) as string),
    );
  });
});

describe("where something beside the snippet is missing, the next tool judges:", () => {
  it.for([
    { language: "typescript", good: 'import x from "./nothing";\nconst a: number = x;\n' },
    { language: "java", good: "import org.nothing.X;\nclass A { X x; }\n" },
    { language: "rust", good: "use nothing::X;\nfn main() {}\n" },
  ])("$language", { timeout: 120_000 }, async ({ language, good: text }, { skip }) => {
    const bad = snippet(language, text.replace("import", "import import").replace("{", "{ ( = "));
    const { kept, dropped, notices } = await runStage(check, [snippet(language, text), bad], {}, { services });
    skip(notices.length > 0, notices.join("\n"));
    expect(kept).toMatchObject([{ response: text, evidence: { type: "check", level: "syntax" } }]);
    expect(dropped).toMatchObject([{ record: bad.id, code: "refused" }]);
  });

  it("or nobody does: without its header a file in C has no verdict", async ({ skip }) => {
    const row = snippet("c", '#include "nothing.h"\nint main(void) { return NOTHING; }\n');
    const { kept, notices } = await runStage(check, [row], {}, { services });
    skip(notices.length > 0, notices.join("\n"));
    expect(kept).toMatchObject([{ response: row.response, evidence: { type: "none" } }]);
    const { dropped } = await runStage(check, [row], { missing: "reject" }, { services });
    expect(dropped).toMatchObject([{ reason: expect.stringContaining("something beside it is missing: gcc:") }]);
  });
});
