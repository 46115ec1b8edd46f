import picomatch from "picomatch";
import { z } from "zod";
import { addTo } from "../../pipeline/system/group-by.js";
import { reason } from "../../pipeline/contract/reasons.js";
import { SourceFile } from "../../pipeline/contract/records.js";
import { Target } from "./lib/records.js";
import { defineStage } from "../../pipeline/contract/stage.js";
import { withRunning } from "./routes/ask.js";
import { mayHoldRoutes, readSource, targetsOf } from "./routes/routes-of-source.js";

/**
 * Finds what web applications answer: FastAPI, Starlette, Flask, Django. A route is written down in several files (the
 * application, routers that are included with a prefix, handlers), so all files of a source are seen at once. What the
 * text does not tell, such as a prefix from the settings, the application itself does, imported in the sandbox; where
 * it cannot be, such routes are rejected with their reason.
 */
export default defineStage({
  name: "routes",
  summary: "Finds the routes of web applications, with the path that each is served at",
  version: 2,
  reads: SourceFile,
  writes: Target,
  parallel: "whole",
  needs: ["sandbox"],
  options: z.strictObject({
    include: z
      .array(z.string())
      .min(1)
      .default(["**"])
      .describe("Globs of the files whose handlers count; how their routes are reached may stand in any file"),
    maxLines: z
      .int()
      .min(1)
      .default(200)
      .describe("Longest handler, in lines with decorators and docstring; longer ones are rejected"),
    discover: z
      .enum(["when-needed", "always", "never"])
      .default("when-needed")
      .describe(
        "Whether applications are imported in the sandbox and asked for their routes: where the text leaves " +
          "something open, whatever it says, or not at all",
      ),
    timeout: z.number().positive().default(30).describe("CPU seconds that the import of an application may take"),
    memory: z.int().min(64).default(1024).describe("MiB of memory that the import of an application may take"),
  }),

  async *run(files, { include, maxLines, discover, timeout, memory }, context) {
    const counts = picomatch([...include], { dot: true });
    const bySource = new Map<string, SourceFile[]>();
    for await (const file of files) {
      if (!mayHoldRoutes(file)) {
        context.drop(file, reason("no-module", "no Python module of the project's own code"));
        continue;
      }
      const source = JSON.stringify([file.source?.ref, file.source?.version]);
      addTo(bySource, source, file);
    }
    for (const own of bySource.values()) {
      context.signal.throwIfAborted();
      const { found: routes, unanswered } = await withRunning(
        readSource(own),
        { when: discover, timeout, memory },
        context,
      );
      const found = targetsOf(routes, own, { maxLines });
      const targets = found.targets.filter(({ source }) => counts(source?.path ?? ""));
      for (const { part, file, reason: why } of found.rejected) context.reject(part, file, why);
      for (const { application, reason: why, fix } of unanswered) {
        const file = own.find(({ module }) => module === application.split(":")[0]) ?? own[0];
        if (file !== undefined) context.reject({ application }, file, reason("application-not-asked", why, fix));
      }
      const used = new Set(targets.flatMap(({ from }) => from));
      for (const file of own)
        if (!used.has(file.id)) context.drop(file, reason("no-route", "no route: nothing in it leads to a handler"));
      yield* targets;
    }
  },
});
