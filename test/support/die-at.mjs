// Loaded before a program (node --import): kills it before the nth thing, DIE_AT, that it does to the disk.
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

let done = 0;
for (const name of ["copyFile", "cp", "mkdir", "open", "rename", "rm", "rmdir", "utimes", "writeFile"]) {
  const original = fs.promises[name];
  fs.promises[name] = (...args) => {
    done += 1;
    if (done === Number(process.env["DIE_AT"])) process.kill(process.pid, "SIGKILL");
    return original(...args);
  };
}
syncBuiltinESMExports();
