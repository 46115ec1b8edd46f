import { parseArgs } from "node:util";
import type { Benchmark, BenchResult } from "./benchmark.js";
import { benchmark as exportBenchmark } from "./export.js";
import { benchmark as extractBenchmark } from "./extract.js";
import { benchmarks as inferenceBenchmarks } from "./inference.js";
import { benchmark as mutateBenchmark } from "./mutate.js";
import { benchmark as overlapBenchmark } from "./overlap.js";
import { benchmark as trainBenchmark } from "./train.js";
import { benchmark as verifyBenchmark } from "./verify.js";

const benchmarks: readonly Benchmark[] = [
  extractBenchmark,
  exportBenchmark,
  verifyBenchmark,
  mutateBenchmark,
  overlapBenchmark,
  trainBenchmark,
  ...inferenceBenchmarks,
];

/** npm run bench [-- NAME ...] [--json] */
async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { json: { type: "boolean", default: false } },
  });
  const unknown = positionals.find((name) => !benchmarks.some((benchmark) => benchmark.name === name));
  if (unknown !== undefined) {
    console.error(`no benchmark "${unknown}"; there are: ${benchmarks.map(({ name }) => name).join(", ")}`);
    process.exitCode = 2;
    return;
  }
  const wanted = benchmarks.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  for (const benchmark of wanted) {
    if (!values.json) console.log(`${benchmark.name}: ${benchmark.summary}`);
    const result = await benchmark.run();
    console.log(values.json ? JSON.stringify(result) : table(result));
  }
}

function table({ unit = "s", ours, peers, ratio }: BenchResult): string {
  const rows = [
    `  distil-pipeline  ${ours.seconds.toFixed(2)} ${unit}${speedOf(ours)}`,
    ...Object.entries(peers).map(
      ([name, peer]) =>
        `  ${name}  ${peer.seconds.toFixed(2)} ${unit}${speedOf(peer)}  (ours is ${ratio[name]?.toFixed(2) ?? "?"} ` +
        `times as fast)`,
    ),
  ];
  return rows.join("\n");
}

function speedOf({ tokensPerSecond }: BenchResult["ours"]): string {
  return tokensPerSecond === undefined ? "" : `, ${tokensPerSecond.toFixed(0)} tokens a second`;
}

await main();
