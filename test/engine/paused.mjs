// A process that pauses a run in the middle of a step, says so, and waits to be ended.
import { loadPipeline, startRun } from "../../dist/pipeline/index.js";

const handle = startRun(await loadPipeline("test.yaml"), { sandbox: "none", cacheDir: "cache", workers: 2 });
for await (const event of handle.events) {
  if (event.type !== "step-progress" || event.step !== "keep-odd" || event.done < 5) continue;
  await handle.pause();
  process.stdout.write("paused\n");
}
