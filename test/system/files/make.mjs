// A process that makes a folder: it says what it does, and does each next thing when it is told to.
import { once } from "node:events";
import { appendFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { makeFolder } from "../../../dist/pipeline/system/files/make-folder.js";

const [root, name, file, ...flags] = process.argv.slice(2);
const words = createInterface({ input: process.stdin });
const say = (...text) => process.stdout.write(`${text.join(" ")}\n`);

await makeFolder(
  root,
  name,
  async (folder) => {
    say("filling", readdirSync(folder).join(","));
    for (;;) {
      const [word] = await once(words, "line");
      if (word === "finish") return;
      appendFileSync(join(folder, file), word);
      say("wrote");
    }
  },
  { resumable: flags.includes("resumable"), onWait: () => say("waiting") },
);
say("made");
words.close();
