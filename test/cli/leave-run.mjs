// Runs a pipeline file with the library, and leaves the loop over its events at the first that is like a pattern: texts
// begin as it says, numbers are at least so large. Then it stays, so that whatever the run has left behind would be
// seen,
// until its standard input ends.
import { loadPipeline, run } from "distil-pipeline";

const [file, pattern] = process.argv.slice(2);
const wanted = Object.entries(JSON.parse(pattern));
const isWanted = (event) =>
  wanted.every(([key, value]) =>
    typeof value === "number" ? event[key] >= value : String(event[key]).startsWith(value),
  );
for await (const event of run(await loadPipeline(file), { workers: 2 })) {
  if (isWanted(event)) {
    process.stdout.write("leaving\n");
    break;
  }
}
process.stdout.write("left\n");
process.stdin.resume().on("end", () => process.exit(0));
