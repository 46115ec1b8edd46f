// A process that publishes, and is killed before the nth thing that it does to the disk.
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

const [folder, at, plan] = process.argv.slice(2);
let done = 0;
for (const name of ["copyFile", "mkdir", "open", "rename", "rm", "rmdir"]) {
  const original = fs.promises[name];
  fs.promises[name] = (...args) => {
    done += 1;
    if (done === Number(at)) process.kill(process.pid, "SIGKILL");
    return original(...args);
  };
}
syncBuiltinESMExports();
const { publish } = await import("../../dist/pipeline/engine/publish.js");
await publish(folder, JSON.parse(plan), (message) => process.stderr.write(`${message}\n`));
