import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import report from "../../../stages/evaluate/report.js";
import type { Report } from "../../../stages/evaluate/lib/figures/figures.js";
import { runStage } from "../../support/run-stage.js";
import { manyScores, score } from "../../support/scores.js";
import { leaveTraining } from "../../support/training.js";

const executablePath = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((path) =>
  existsSync(path),
);
if (executablePath === undefined)
  console.warn("SKIPPED: the report's page is not tested in a browser; install one: apt-get install chromium");

const hostile =
  `</script><script>document.title = "hacked"</script><img src="https://example.invalid/x.png" ` +
  `onerror="document.title = 'hacked'">`;

describe.skipIf(executablePath === undefined)("the page of a report, in a browser", { timeout: 60_000 }, () => {
  let [browser, page]: [Browser?, Page?] = [];
  let folder = "";
  let written: Report;
  const requests: string[] = [];
  const complaints: string[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "report-page-"));
    const scores = [
      ...manyScores(),
      score(
        "odd",
        "student",
        { suitePassAt1: 0, testPassRate: 0 },
        { name: hostile, outcome: "raised", detail: hostile },
      ),
    ];
    const { artifacts } = await leaveTraining(join(folder, "step"));
    await runStage(
      report,
      { scores, training: artifacts },
      {},
      { outputDir: folder, artifactFolders: [join(folder, "step")] },
    );
    written = JSON.parse(await readFile(join(folder, "report.json"), "utf8")) as Report;
    browser = await chromium.launch({
      ...(executablePath !== undefined && { executablePath }),
      args: ["--no-sandbox"],
    });
    page = await browser.newPage({ colorScheme: "light" });
    page.on("request", (request) => requests.push(request.url()));
    page.on("console", (message) => complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(error.message));
    await page.goto(pathToFileURL(join(folder, "report.html")).href, { waitUntil: "networkidle" });
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const opened = (): Page => {
    if (page === undefined) throw new Error("the browser did not start");
    return page;
  };

  it("asks for nothing but itself, and complains of nothing", () => {
    expect(requests).toEqual([pathToFileURL(join(folder, "report.html")).href]);
    expect(complaints).toEqual([]);
  });

  it("shows the figures of report.json, all of them", async () => {
    const shown = await opened().$$eval("td[data-metric]", (cells) =>
      cells.map((cell) => {
        const read = (name: string) => cell.getAttribute(`data-${name}`) ?? "";
        const [value = NaN, low = NaN, high = NaN, n = NaN] = ["value", "low", "high", "n"].map((name) =>
          Number(read(name)),
        );
        return {
          model: read("model"),
          metric: read("metric"),
          figure: { value, low, high, n },
          text: cell.querySelector("b")?.textContent ?? "",
        };
      }),
    );
    const wanted = Object.entries(written.models).flatMap(([model, figures]) =>
      Object.entries(figures)
        .filter(([, figure]) => typeof figure === "object" && figure !== null && "n" in figure && figure.n > 0)
        .map(([metric, figure]) => ({ model, metric, figure })),
    );
    const byName = (one: { model: string; metric: string }, other: { model: string; metric: string }) =>
      `${one.model} ${one.metric}` < `${other.model} ${other.metric}` ? -1 : 1;
    expect(shown.map(({ model, metric, figure }) => ({ model, metric, figure })).toSorted(byName)).toEqual(
      wanted.toSorted(byName),
    );
    for (const {
      metric,
      figure: { value },
      text,
    } of shown) {
      expect(text).toBe(["tests", "tokens"].includes(metric) ? value.toFixed(1) : `${(value * 100).toFixed(1)} %`);
    }
  });

  it("draws its plots, with everyone's name, in sight", async () => {
    const plots = await opened().$$eval("figure svg", (svgs) =>
      svgs.map((svg) => ({
        width: svg.getBoundingClientRect().width,
        height: svg.getBoundingClientRect().height,
        text: svg.textContent ?? "",
      })),
    );
    expect(plots).toHaveLength(6);
    for (const { width, height } of plots) {
      expect(width).toBeGreaterThan(300);
      expect(height).toBeGreaterThan(60);
    }
    const [differences, comparison, training, ...others] = plots.map(({ text }) => text);
    expect(differences).toContain("base − student");
    expect(training).toContain("validation 1.234");
    for (const text of [comparison, ...others])
      for (const model of Object.keys(written.models)) expect(text).toContain(model);
    // A plot's dots stand where its figures are: the axis from 0 to 1 is 270 wide.
    const dots = await opened().$$eval("#figures svg [aria-roledescription=point]", (points) =>
      points.map(
        (point) =>
          [
            point.getAttribute("aria-label") ?? "",
            Number(/translate\(([\d.]+)/u.exec(point.getAttribute("transform") ?? "")?.[1]),
          ] as const,
      ),
    );
    const student = dots.find(([label]) => label.includes("Suite pass@1") || label.includes("model: student"));
    expect(student?.[1]).toBeCloseTo(270 * (written.models["student"]?.suitePassAt1.value ?? NaN), 0);
  });

  it("shows which model is better, with the differences of report.json", async () => {
    const cells = await opened().$$eval("#glance td[data-difference]", (found) =>
      found.map((cell) => Number(cell.getAttribute("data-difference"))),
    );
    expect(cells).toEqual(
      written.comparisons.flatMap(({ figures }) =>
        [figures.suitePassAt1, figures.salvaged, figures.mutationScore].map(({ value }) => value),
      ),
    );
  });

  it("sorts and filters the table of targets", async () => {
    const firstColumn = async () =>
      await opened().$$eval("table.targets tbody tr:not([hidden]) th", (cells) =>
        cells.map(({ firstChild }) => firstChild?.textContent ?? ""),
      );
    expect(await firstColumn()).toHaveLength(44 * 6 + 1);
    await opened().fill("input[name=text]", "FUNCTION_12");
    expect(await firstColumn()).toEqual(Array.from({ length: 6 }, () => "function_12"));
    await opened().selectOption("select[name=model]", "student");
    expect(await firstColumn()).toEqual(["function_12"]);
    expect(await opened().textContent("form.filters output")).toBe(`1 of ${44 * 6 + 1}`);

    await opened().fill("input[name=text]", "");
    const passRates = async () =>
      await opened().$$eval("table.targets tbody tr:not([hidden]) td:nth-child(5)", (cells) =>
        cells.map((cell) => Number(cell.getAttribute("data-sort"))),
      );
    await opened().click("table.targets th:nth-child(5) button");
    const ascending = await passRates();
    expect(ascending).toEqual(ascending.toSorted((a, b) => a - b));
    await opened().click("table.targets th:nth-child(5) button");
    expect(await passRates()).toEqual(ascending.toReversed());
  });

  it("shows hostile names as text", async () => {
    expect(await opened().title()).toBe("test: report");
    expect(
      await opened().$$eval("table.targets tbody th", (cells) =>
        cells.map(({ firstChild }) => firstChild?.textContent),
      ),
    ).toContain(hostile);
    expect(await opened().$$eval("img", (images) => images.length)).toBe(0);
  });

  it("can be read in the dark", async () => {
    const colours = async () => {
      const texts = await opened().evaluate<string[]>(
        "[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]",
      );
      return texts.map((text) => Math.max(...(text.match(/\d+/gu) ?? []).slice(0, 3).map(Number)));
    };
    const [page = 0, ink = 0] = await colours();
    expect([page > 200, ink < 80]).toEqual([true, true]);
    await opened().emulateMedia({ colorScheme: "dark" });
    const [darkPage = 0, darkInk = 0] = await colours();
    expect([darkPage < 80, darkInk > 200]).toEqual([true, true]);
  });
});
