import picomatch from "picomatch";
import { z } from "zod";
import { reason } from "../pipeline/reasons.js";
import { SourceFile, Target } from "../pipeline/records.js";
import { defineStage } from "../pipeline/stage.js";
import { mayHoldRoutes, routesOf } from "./routes/routes-of-source.js";

/**
 * Finds what web applications answer: FastAPI, Starlette, Flask, Django. A route is written down in several files (the
 * application, routers that are included with a prefix, handlers), so all files of a source are seen at once. What only
 * the run time knows, such as a prefix from the settings, is rejected with its reason.
 */
export default defineStage({
  name: "routes",
  summary: "Finds the routes of web applications, with the path that each is served at",
  version: 1,
  reads: SourceFile,
  writes: Target,
  parallel: "whole",
  options: z.strictObject({
    include: z.array(z.string()).min(1).default(["**"]).describe("Globs of the files whose handlers count; how their routes are reached may stand in any file"),
    maxLines: z.int().min(1).default(200).describe("Longest handler, in lines with decorators and docstring; longer ones are rejected"),
  }),

  async *run(files, { include, maxLines }, context) {
    const counts = picomatch([...include], { dot: true });
    const bySource = new Map<string, SourceFile[]>();
    for await (const file of files) {
      if (!mayHoldRoutes(file)) {
        context.drop(file, reason("no-module", "no Python module of the project's own code"));
        continue;
      }
      const source = JSON.stringify([file.source?.ref, file.source?.version]);
      bySource.set(source, [...bySource.get(source) ?? [], file]);
    }
    for (const own of bySource.values()) {
      context.signal.throwIfAborted();
      const found = routesOf(own, { maxLines });
      const targets = found.targets.filter(({ source }) => counts(source?.path ?? ""));
      for (const { part, file, reason: why } of found.rejected) context.reject(part, file, why);
      const used = new Set(targets.flatMap(({ from }) => from));
      for (const file of own) if (!used.has(file.id)) context.drop(file, reason("no-route", "no route: nothing in it leads to a handler"));
      yield* targets;
    }
  },
});
