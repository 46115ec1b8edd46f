import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { Artifact } from "../../../pipeline/contract/records.js";
import report from "../../../stages/evaluate/report.js";
import type { Report } from "../../../stages/evaluate/lib/figures/figures.js";
import { hashFile } from "../../../pipeline/system/hash.js";
import { manyScores, score } from "../../support/scores.js";
import { modelHash } from "../../../pipeline/contract/model.js";
import type { Inputs, StageSurroundings } from "../../support/run-stage.js";
import { stageTest } from "../../support/stage-test.js";
import { adapterHash, baseHash, leaveTraining } from "../../support/training.js";
import { pattern } from "../../support/pattern.js";

const finished = {
  in: 1,
  out: 1,
  dropped: 0,
  failed: 0,
  skipped: 0,
  rejectedParts: 0,
  refused: 0,
  reasons: [],
  notices: [],
};

stageTest(
  report,
  ({ run }) => {
    /** What the stage writes, read back. */
    const written = async (scores: Inputs, surroundings: StageSurroundings = {}) => {
      const outputDir = await mkdtemp(join(tmpdir(), "report-"));
      try {
        const { kept } = await run(scores, {}, { ...surroundings, outputDir });
        const artifacts = await Promise.all(
          (kept as Artifact[]).map(async (artifact) => ({
            ...artifact,
            found: await hashFile(join(outputDir, artifact.path)),
          })),
        );
        const [json, page] = await Promise.all(
          ["report.json", "report.html"].map(async (name) => await readFile(join(outputDir, name), "utf8")),
        );
        return { artifacts, report: JSON.parse(json ?? "") as Report, page: page ?? "" };
      } finally {
        await rm(outputDir, { recursive: true });
      }
    };

    it("writes a report for scripts and a page, and says what they hold", async () => {
      const { artifacts } = await written(manyScores(4));
      expect(artifacts.map(({ type, path, facts }) => ({ type, path, facts }))).toEqual(
        ["report.json", "report.html"].map((path) => ({ type: "report", path, facts: { targets: 4, models: 6 } })),
      );
      for (const { sha256, found } of artifacts) expect(sha256).toBe(found);
    });

    it("means over targets, failures among them, and leaves out those that a metric does not apply to", async () => {
      const {
        report: { models },
      } = await written([
        score("a", "student", { suitePassAt1: 1, bugDetection: null }),
        score("b", "student", { suitePassAt1: 0, bugDetection: 1 }),
        score("c", "student", { suitePassAt1: 0, bugDetection: null }),
        score("d", "student", { suitePassAt1: 0, bugDetection: null }),
      ]);
      expect(models["student"]).toMatchObject({
        suitePassAt1: { value: 0.25, low: 0, n: 4 },
        bugDetection: { value: 1, low: 1, high: 1, n: 1 },
        mutationScore: { value: null, low: null, high: null, n: 0 },
      });
    });

    it("gives a bootstrap interval as wide as theory says", async () => {
      // The mean of 400 throws of a fair coin has a standard error of 0.025: 95 % of such means are within 1.96 times
      // that.
      const scores = Array.from({ length: 400 }, (_, index) =>
        score(`t${index}`, "student", { suitePassAt1: index % 2 }),
      );
      const { suitePassAt1 } = (await written(scores)).report.models["student"] as unknown as Record<
        string,
        { value: number; low: number; high: number }
      >;
      expect(suitePassAt1?.value).toBe(0.5);
      expect(suitePassAt1?.low).toBeCloseTo(0.5 - 1.96 * 0.025, 2);
      expect(suitePassAt1?.high).toBeCloseTo(0.5 + 1.96 * 0.025, 2);
    });

    it("draws by the seed alone: a model's figures are the same whoever else is compared", async () => {
      const alone = (await written(manyScores(), { seed: 7 })).report;
      const without = (
        await written(
          manyScores().filter(({ model }) => model !== "base"),
          { seed: 7 },
        )
      ).report;
      expect(without.models["student"]).toEqual(alone.models["student"]);
      expect((await written(manyScores(), { seed: 8 })).report.models["student"]).not.toEqual(alone.models["student"]);
    });

    it("holds everyone against the first model, target by target", async () => {
      const {
        report: { reference, differences },
      } = await written([
        score("a", "base", { testPassRate: 0.5 }),
        score("a", "student", { testPassRate: 1 }),
        score("b", "base", { testPassRate: 0 }),
        score("b", "student", { testPassRate: 0.5 }),
        score("c", "base", { testPassRate: 1 }),
        score("c", "human", { testPassRate: 1 }),
      ]);
      expect(reference).toBe("base");
      expect(Object.keys(differences)).toEqual(["student", "human"]);
      // On both targets the student is better by a half: the difference has no spread, though both models have.
      expect(differences["student"]?.["testPassRate"]).toEqual({ value: 0.5, low: 0.5, high: 0.5, n: 2 });
      expect(differences["human"]?.["testPassRate"]).toEqual({ value: 0, low: 0, high: 0, n: 1 });
    });

    it("holds every two models against each other, the last one first, and nobody else", async () => {
      const {
        report: { comparisons },
      } = await written([
        score("a", "base", { salvaged: 0 }),
        score("a", "base-as-asked", { salvaged: 0 }),
        score("a", "student", { salvaged: 1 }),
        score("a", "smoke", { salvaged: 0 }, { role: "baseline" }),
        score("b", "base", { salvaged: 1 }),
        score("b", "base-as-asked", { salvaged: 0 }),
        score("b", "student", { salvaged: 1 }),
        score("b", "smoke", { salvaged: 0 }, { role: "baseline" }),
      ]);
      expect(
        comparisons.map(
          ({
            model,
            to,
            figures: {
              salvaged: { value },
            },
          }) => [model, to, value],
        ),
      ).toEqual([
        ["student", "base", 0.5],
        ["student", "base-as-asked", 1],
        ["base-as-asked", "base", -0.5],
      ]);
    });

    it("says in words which model is better, and where that may be chance", async () => {
      const scores = Array.from({ length: 40 }, (_, index) => [
        score(`t${index}`, "base", { suitePassAt1: index % 2, salvaged: 0, mutationScore: 0.5 }),
        score(`t${index}`, "student", { suitePassAt1: (index + 1) % 2, salvaged: 1, mutationScore: 0.25 }),
      ]).flat();
      const { page } = await written(scores);
      const said = /<p>(<b>student<\/b>.*?)<\/p>/u.exec(page)?.[1]?.replaceAll(/<[^>]+>/gu, "");
      expect(said).toBe(
        "student is better than base in Salvaged; it is worse than base in Mutation score; it cannot be told from " +
          "base in Suite pass@1.",
      );
    });

    it("names contestants in the order of the scores, by a target that all are scored on", async () => {
      const {
        report: { models },
      } = await written([
        score("a", "base", {}),
        score("a", "none", {}),
        score("b", "base", {}),
        score("b", "human", {}),
        score("b", "none", {}),
      ]);
      expect(Object.keys(models)).toEqual(["base", "human", "none"]);
    });

    it("tells who the contestants are: their weights, who asked them with what, and what their files say", async () => {
      const folder = await mkdtemp(join(tmpdir(), "training-"));
      try {
        const { artifacts } = await leaveTraining(folder);
        const text = `
models:
  base: { source: "pypi:tiny@1" }
  student: { source: "pypi:tiny@1", adapter: "step:convert", quantization: q8_0 }
steps:
  - { id: teach, stage: generate, with: { model: base, prompt: prompts/teacher.yaml } }
  - id: ask
    stage: generate
    from: [extract]
    with: { model: [base], prompt: prompts/few-shot.yaml, form: completion }
  - id: ask-student
    stage: generate
    from: [extract]
    with: { model: [student], prompt: prompts/student.yaml, form: chat }
  - { id: odd, stage: ./own.js, from: [ask-student], with: { model: 5, prompt: null, form: [1] } }
  - { id: score, stage: score, from: { targets: [extract], tests: [ask, odd] } }
`;
        const scores = [
          score("a", "base", {}, { model: "base", model_sha256: baseHash }),
          score(
            "a",
            "student",
            {},
            {
              model: "student",
              model_sha256: modelHash({ weights: baseHash, adapter: adapterHash, quantization: "q8_0" }),
            },
          ),
          score("a", "smoke", {}, { role: "baseline" }),
        ];
        const history = [
          { step: "teach", stage: "generate", ...finished },
          { step: "score", stage: "score", ...finished },
        ];
        const {
          report: { contestants },
          page,
        } = await written({ scores, training: artifacts }, { text, history, artifactFolders: [folder] });
        expect(contestants).toEqual({
          base: {
            role: "model",
            model: { source: "pypi:tiny@1", adapter: null, quantization: null },
            asked: [{ step: "ask", prompt: "prompts/few-shot.yaml", form: "completion" }],
            card: null,
          },
          student: {
            role: "model",
            model: { source: "pypi:tiny@1", adapter: "step:convert", quantization: "q8_0" },
            asked: [{ step: "ask-student", prompt: "prompts/student.yaml", form: "chat" }],
            card: expect.objectContaining({ holds: "adapter", train_rows: 640 }) as unknown,
          },
          smoke: { role: "baseline", model: null, asked: [], card: null },
        });
        expect(page).toContain("asked by the step ask-student with prompts/student.yaml, as chat messages");
        expect(page).toContain("<code>pypi:tiny@1</code> as q8_0 with the adapter");
        expect(page).toContain("LoRA adapter to base, f16, trained on 640 rows in 60 steps");
      } finally {
        await rm(folder, { recursive: true });
      }
    });

    it("tells how the student was trained, where the pipeline file wires it", async () => {
      const folder = await mkdtemp(join(tmpdir(), "training-"));
      try {
        const { artifacts, losses } = await leaveTraining(folder);
        const {
          report: { training },
          page,
        } = await written({ scores: manyScores(2), training: artifacts }, { artifactFolders: [folder] });
        expect(training).toMatchObject({
          facts: { trainer: "peft", base_model: "base", train_rows: 640, tokens: 81_000, validation_loss: 1.234 },
          config: { lora: { r: 8 }, training: { epochs: 3, learning_rate: 4e-4 } },
          versions: { torch: "9.8.7", peft: "0.1.2" },
        });
        expect(training?.log.map(({ loss }) => loss)).toEqual(losses);
        expect(training?.log[0]).toEqual({ step: 1, loss: losses[0], learningRate: 4e-4 });
        expect(page).toContain("LoRA of rank 8");
        expect(page).toContain("validation 1.234");
      } finally {
        await rm(folder, { recursive: true });
      }
    });

    it("knows no training where only scores are wired", async () => {
      const {
        report: { training },
        page,
      } = await written(manyScores(2));
      expect(training).toBeNull();
      expect(page).not.toContain('id="training"');
    });

    it("draws an operator once, whoever its mutants were run for", async () => {
      const { page } = await written([
        score("a", "base", { "mutants.return": 3, "killed.return": 2 }),
        score("b", "base", { "mutants.return": 2, "killed.return": 2 }),
        score("b", "human", { "mutants.return": 2, "killed.return": 2 }),
      ]);
      expect(page.match(/>return \(\d+\)</gu)).toEqual([">return (5)<"]);
    });

    it("counts outcomes, mutants by operator, and lists the targets", async () => {
      const {
        report: { reasons, operators, targets, models },
      } = await written([
        score("a", "student", { "mutants.return": 3, "killed.return": 2 }, { aliases: "copy" }),
        score(
          "b",
          "student",
          { "mutants.return": 1, "killed.return": 1, "mutants.loop": 2, "killed.loop": 0 },
          { outcome: "syntax", detail: "never closed" },
        ),
        score("c", "student", {}, { outcome: "syntax" }),
      ]);
      expect(reasons).toEqual({ student: { syntax: 2, passed: 1 } });
      expect(operators).toEqual({ student: { loop: { killed: 0, run: 2 }, return: { killed: 3, run: 4 } } });
      expect(targets[1]).toMatchObject({
        id: "b",
        name: "b",
        module: "shop",
        source: "shop 1",
        path: "shop/b.py",
        models: { student: { outcome: "syntax", detail: "never closed" } },
      });
      expect(models["student"]).toMatchObject({ role: "model", aliases: ["copy"] });
    });

    it("shows on the page what report.json says, once each", async () => {
      const {
        report: { models },
        page,
      } = await written(manyScores());
      for (const [model, figures] of Object.entries(models)) {
        for (const [metric, figure] of Object.entries(figures)) {
          if (typeof figure !== "object" || figure === null || !("n" in figure) || figure.n === 0) continue;
          const cell =
            `data-model="${model}" data-metric="${metric}" data-value="${figure.value}" data-low="` +
            `${figure.low}" data-high="${figure.high}"`;
          expect(page.split(cell).length - 1, `${model} ${metric}`).toBe(1);
        }
      }
    });

    it("shows a model's own values beside those from the machine, and holds like against like", async () => {
      const recorded = { model: "student", values: "recorded" };
      const {
        report: { models, comparisons },
        page,
      } = await written(
        ["a", "b", "c", "d"].flatMap((target, index) => [
          score(target, "base", { mutationScore: 0.25 }, { model: "base" }),
          score(target, "base with recorded values", { mutationScore: 0.5 }, { model: "base", values: "recorded" }),
          score(target, "student", { mutationScore: 0.5 }, { model: "student" }),
          score(target, "student with recorded values", { mutationScore: 0.75 }, recorded),
          score(
            target,
            "student with recorded values and record",
            { mutationScore: index % 2 === 0 ? 1 : 0.75 },
            { model: "student", values: "joined" },
          ),
          score(target, "record", { mutationScore: 0.5 }, { role: "baseline" }),
        ]),
      );
      expect(Object.values(models).map(({ model, values }) => [model, values])).toEqual([
        ["base", "own"],
        ["base", "recorded"],
        ["student", "own"],
        ["student", "recorded"],
        ["student", "joined"],
        [null, null],
      ]);
      expect(
        comparisons.map(
          ({
            model,
            to,
            figures: {
              mutationScore: { value },
            },
          }) => [model, to, value],
        ),
      ).toEqual([
        ["student with recorded values and record", "student", 0.375],
        ["student with recorded values and record", "student with recorded values", 0.125],
        ["student with recorded values", "base with recorded values", 0.25],
        ["student with recorded values", "student", 0.25],
        ["student", "base", 0.25],
        ["base with recorded values", "base", 0.25],
      ]);
      const section = /<section id="values">.*?<\/section>/su.exec(page)?.[0].replaceAll(/<[^>]+>/gu, " ") ?? "";
      expect(section).toMatch(
        pattern(
          /Mutation score\s+own \| recorded[^]+base\s+25\.0 % \| 50\.0 %\s+\+25\.0 \(\+25\.0 to \+25\.0\)/u,
          /[^]+student\s+50\.0 % \| 75\.0 %/u,
        ),
      );
    });

    it("shows no values from the machine where there are none", async () => {
      expect((await written(manyScores(2))).page).not.toContain('<section id="values">');
    });

    it("lists the causes for which targets are not salvaged, the most common first", async () => {
      const {
        report: { causes },
        page,
      } = await written([
        score("a", "student", { salvaged: 1 }, { outcome: "wrong-value", detail: "not of a missed one" }),
        score("b", "student", { salvaged: 0 }, { outcome: "raised", detail: "TypeError" }),
        score("c", "student", { salvaged: 0 }, { outcome: "wrong-value", detail: "assert 3 == 4" }),
        score("d", "student", { salvaged: 0 }, { outcome: "wrong-value", detail: "assert 5 == 6" }),
        score("e", "student", { salvaged: null }, { outcome: "passed" }),
      ]);
      expect(causes).toEqual({
        student: [
          { cause: "wrong-value", targets: 2, example: "c: assert 3 == 4" },
          { cause: "raised", targets: 1, example: "b: TypeError" },
        ],
      });
      expect(page).toMatch(/<b>2<\/b> wrong-value<small>c: assert 3 == 4<\/small>[^]+<b>1<\/b> raised/u);
    });

    it(
      "counts disagreements of all programs together, program by program for the interval, and by where the bugs " +
        "come from",
      async () => {
        const said = (asked: string, isBug: boolean) => ({
          asked,
          expected: "1",
          answered: "2",
          correct: isBug ? "1" : "3",
          isBug,
        });
        const of = (target: string, bug: string, wrong: readonly boolean[], toldApart: number) => {
          const atBug = wrong.filter((each) => each).length;
          const found = atBug > 0 ? 1 : 0;
          return score(
            target,
            "student",
            {
              expectations: 4,
              disagreements: wrong.length,
              disagreementsAtBug: atBug,
              toldApart,
              disagreementRecall: found,
              disagreementRecallWhereTold: toldApart === 0 ? null : found,
            },
            { bug, outcome: "no bug" },
            wrong.map((isBug, place) => said(`${target}(${place})`, isBug)),
          );
        };
        const {
          report: { models, disagreements },
          page,
        } = await written([
          of("a", "pair", [true, false, false], 2),
          of("b", "pair", [], 1),
          of("c", "mutant", [true], 1),
          of("d", "mutant", [false], 0),
        ]);
        expect(models["student"]).toMatchObject({
          disagreementPrecision: { value: 0.4, n: 3 },
          disagreementRecall: { value: 0.5, n: 4 },
          disagreementRecallWhereTold: { value: 2 / 3, n: 3 },
          disagreements: { value: 1.25 },
        });
        const { low = null, high = null } = models["student"]?.disagreementPrecision ?? {};
        expect([low, high]).toEqual([0, 1]);
        expect(disagreements?.bugs).toMatchObject({
          pair: {
            programs: 2,
            models: {
              student: {
                expectations: 8,
                disagreements: 3,
                atBug: 1,
                found: 1,
                told: 2,
                disagreementPrecision: { value: 1 / 3 },
                disagreementRecall: { value: 0.5 },
                disagreementRecallWhereTold: { value: 0.5 },
              },
            },
          },
          mutant: {
            programs: 2,
            models: {
              student: {
                disagreements: 2,
                atBug: 1,
                found: 1,
                told: 1,
                disagreementPrecision: { value: 0.5 },
                disagreementRecallWhereTold: { value: 1 },
              },
            },
          },
        });
        expect(disagreements?.list.map(({ target, asked, isBug }) => [target, asked, isBug])).toEqual([
          ["a", "a(0)", true],
          ["c", "c(0)", true],
          ["a", "a(1)", false],
          ["a", "a(2)", false],
          ["d", "d(0)", false],
        ]);
        expect(page).toMatch(
          pattern(
            /<section id="disagreements">[^]+2 programs with a bug, beside a correct one/u,
            /[^]+2 programs with a small change[^]+<code>a\(0\)<\/code>[^]+the bug/u,
          ),
        );
      },
    );

    it("gives the interval of a precision by drawing whole programs, and a difference on the same draws", async () => {
      // 100 programs: half of them with four disagreements that are all the bug, half with one that is not. By theory,
      // the standard
      // error of the quotient 200/250 is sqrt(mean((above - 0.8 below)^2)) / (2.5 sqrt(100)) = 0.8 / 25 = 0.032.
      const scores = Array.from({ length: 100 }, (_, index) => {
        const [disagreements, disagreementsAtBug] = index % 2 === 0 ? [4, 4] : [1, 0];
        return ["student", "twin"].map((model) =>
          score(`t${index}`, model, { disagreements, disagreementsAtBug }, { model, bug: "pair" }, []),
        );
      }).flat();
      const {
        report: { models, differences },
      } = await written(scores);
      const { value, low, high } = models["student"]?.disagreementPrecision ?? { value: null, low: null, high: null };
      expect(value).toBe(0.8);
      expect(Number(high) - Number(low)).toBeCloseTo(2 * 1.96 * 0.032, 1);
      expect(differences["twin"]?.disagreementPrecision).toEqual({ value: 0, low: 0, high: 0, n: 100 });
    });

    it("says how many targets could not be run", async () => {
      const step = { step: "score", stage: "score", ...finished, failed: 2 };
      const { page } = await written(manyScores(1), { history: [step] });
      expect(page.includes("2 targets could not be run and are in no figure.")).toBe(true);
    });

    it("lets nothing that a target, a model or a failure is called act in the page", async () => {
      const hostile = `</td></script><script>alert(1)</script><img src=x onerror="alert(2)">'&`;
      const scores = ["a", "b"].flatMap((target) =>
        [hostile, "base"].map((model) =>
          score(
            target,
            model,
            { suitePassAt1: 1, testPassRate: 1, mutationScore: 1, "mutants.<i>": 1, "killed.<i>": 1 },
            { name: hostile, outcome: hostile, detail: hostile, aliases: hostile },
          ),
        ),
      );
      const { page } = await written(scores);
      expect(page.match(/<script|<img|<i>/gu)).toEqual(["<script"]);
    });

    it("writes a report of nothing too", async () => {
      const {
        report: { models, targets },
        page,
      } = await written([]);
      expect([models, targets]).toEqual([{}, []]);
      expect(page.includes("0 targets")).toBe(true);
    });
  },
  { inputs: manyScores(3) },
);
