import { z } from "zod";
import { VerdictReason } from "../contract/verdict.js";
import { parseJson } from "../system/files/parse-json.js";

/**
 * What the runner (python/confined_runner) answers, one JSON line a request. It may have met hostile code: everything
 * is checked.
 */
export const Greeting = z.union([
  z.object({ ready: z.literal(true), python: z.string() }),
  z.object({ failed: z.string() }),
]);

/** What a file's text alone tells. */
export const Check = z.object({
  syntax: z.string().nullable(),
  file: z.string().nullable(),
  tests: z.record(z.string(), z.string().nullable()),
  imports: z.array(z.string()),
  hollow: z.record(z.string(), z.string()),
});
export type Check = z.infer<typeof Check>;

/** The answer to a request to load modules of the source. */
export const Warmed = z.object({ warmed: z.literal(true) });

/** How a child ended, and what it had reported until then. */
export const ChildEnd = z.object({
  report: z.string(),
  limit: z.enum(["cpu", "idle", "wall", "memory", "processes", "disk", "report"]).nullable(),
  /** Exit code; negative: the signal that ended it. */
  status: z.int(),
  /** CPU seconds of it and of the children that it waited for; missing where it was killed. */
  cpu: z.number().optional(),
});
export type ChildEnd = z.infer<typeof ChildEnd>;

const Output = z.object({ text: z.string(), isCut: z.boolean() });

/** How a command ended; `report` is empty where it could be started. */
export const CommandEnd = z.object({
  report: z.string(),
  limit: z.enum(["cpu", "idle", "wall", "memory", "processes", "disk", "report", "output"]).nullable(),
  /** Exit code; negative: the signal that ended it. */
  status: z.int(),
  stdout: Output,
  stderr: Output,
  /** On the clock. */
  seconds: z.number(),
  /** Bytes that its process tree was seen to use; 0 where it was too short to be looked at. */
  peak: z.int(),
  /** Bytes of the largest process, as the kernel tells at the end. */
  largest: z.int(),
});
export type CommandEnd = z.infer<typeof CommandEnd>;

/** Why a command could not be started. */
export const StartFailure = z.object({ failed: z.string() });

const Failure = z.object({ reason: VerdictReason, detail: z.string() });

/** Covered, and all. */
const Share = z.tuple([z.int(), z.int()]).transform(([covered, total]) => ({ covered, total }));
const MeasuredCoverage = z
  .object({
    lines: Share,
    branches: Share,
    missing: z.array(z.int()),
    missing_branches: z.array(z.tuple([z.int(), z.int()])),
  })
  .transform(({ missing_branches: missingBranches, ...coverage }) => ({ ...coverage, missingBranches }));

const Edits = z.array(z.tuple([z.int(), z.int(), z.string()]));

const FieldShape = z.object({
  path: z.string(),
  /** What an assertion says of it; null where nothing can be written down. */
  line: z.string().nullable(),
  /** What an assertion says of its being there. */
  there: z.string().nullable(),
  imports: z.array(z.string()),
});
/**
 * What can be said of one field of a value, and of the fields in it: `line` asserts it, `there` only that it is there.
 */
export type Field = z.infer<typeof FieldShape> & { readonly fields: readonly Field[] };
const Field: z.ZodType<Field> = FieldShape.extend({ fields: z.lazy(() => z.array(Field)) });

/** What a test came to, of one thing that it expects. */
const Observed = z.object({
  claim: z.int(),
  test: z.string(),
  /** First byte of the file that says what is expected, and the byte after the last. */
  place: z.tuple([z.int(), z.int()]),
  /** Whether the test had run before in the same process. */
  again: z.boolean(),
  outcome: z.enum(["right", "wrong", "open"]),
  asked: z.string(),
  expected: z.string(),
  answered: z.string().nullable(),
  edits: Edits,
  imports: z.array(z.string()),
  reason: z.string().nullable(),
  /**
   * What takes it out of its test: a row of its table, or all of it; and the claims that the test has then, by number.
   */
  removals: z.array(z.object({ row: z.boolean(), edits: Edits, left: z.array(z.int()) })),
  /** The fields of its value, and the statement that lines about them would replace. */
  fields: z
    .object({
      start: z.int(),
      end: z.int(),
      lead: z.array(z.string()),
      indent: z.string(),
      fields: z.array(Field),
      edits: Edits,
    })
    .nullable(),
});
export type Observed = z.infer<typeof Observed>;

/** One line of a test run's report. */
export const ReportLine = z.union([
  z.object({ collected: z.array(z.string()) }),
  z.object({ collect: Failure }),
  z.object({ start: z.string() }),
  z.object({
    test: z.string(),
    phase: z.enum(["setup", "call", "teardown"]),
    parameters: z.string(),
    error: Failure.nullable(),
  }),
  z.object({ end: z.string() }),
  z.object({ coverage: MeasuredCoverage }),
  z.object({ observed: Observed }),
  z.object({ done: z.string(), finished: z.int() }),
]);
export type ReportLine = z.infer<typeof ReportLine>;

/** The line of a recorded call, and the nonce that the runner was given for it. */
export const CallLine = z.intersection(
  z.object({ nonce: z.string() }),
  z.discriminatedUnion("type", [
    z.object({
      type: z.literal("returned"),
      literal: z.string().nullable(),
      typeName: z.string(),
      isIterator: z.boolean(),
    }),
    z.object({ type: z.literal("raised"), exception: z.string(), module: z.string() }),
    z.object({ type: z.literal("unusable"), reason: z.string() }),
  ]),
);

const Demand = z.object({ name: z.string(), values: z.array(z.string()), isRefused: z.boolean() });

/** What an application lists, or why it cannot be imported. */
export const DiscoveryLine = z.intersection(
  z.object({ nonce: z.string() }),
  z.union([
    z.object({
      application: z.string(),
      framework: z.enum(["fastapi", "starlette", "flask", "django"]),
      routes: z.array(
        z.object({
          method: z.string(),
          path: z.string(),
          module: z.string(),
          qualifiedName: z.string(),
          file: z.string(),
          line: z.int(),
        }),
      ),
      foreign: z.int(),
      unclear: z.array(z.object({ path: z.string(), reason: z.string() })),
    }),
    z.object({ failed: z.string(), demands: z.array(Demand), module: z.string().nullable(), isServer: z.boolean() }),
  ]),
);
export type DiscoveryLine = z.infer<typeof DiscoveryLine>;

/** A mutant, and the end of the list of them. */
export const MutantLine = z.object({ operator: z.string(), line: z.int(), diff: z.string() });
export type MutantLine = z.infer<typeof MutantLine>;
/**
 * The last line of a list of mutants: how many valid ones there are. Its nonce tells it from what the code under test
 * writes.
 */
export const MutantTotal = z.object({ total: z.int(), nonce: z.string() });

/** How one run of a batch ended: -1 the target as it is, a mutant by its number, -2 the target as it is once more. */
export const BatchRun = z.object({
  run: z.int(),
  report: z.string(),
  limit: z.enum(["cpu"]).nullable(),
  status: z.int(),
  cpu: z.number(),
});
export type BatchRun = z.infer<typeof BatchRun>;

/** What the runner found that its own confinement does not stop. */
export const SelfTest = z.object({ holes: z.array(z.string()), nonce: z.string() });

/** Limits of one child: its whole process tree's. */
export interface ChildLimits {
  /** CPU seconds. */
  readonly cpu: number;
  /** Seconds in which nothing of the tree could run. */
  readonly idle: number;
  /** Seconds on the clock. */
  readonly wall: number;
  /** Bytes. */
  readonly memory: number;
}

/** Limits of a command, for its whole process tree. */
export interface CommandLimits extends ChildLimits {
  /** Most processes at once. */
  readonly processes: number;
  /** Whether it may make unix sockets, whose buffers count as memory then. */
  readonly sockets: boolean;
  /** Bytes that it may write into its work folder. */
  readonly disk: number;
  /** Bytes of standard output, and of standard error, that it may write. */
  readonly output: number;
  /** Bytes of each that are answered. */
  readonly kept: number;
}

/** The values of a report's lines; a line that is cut short or not JSON of the expected shape ends it. */
export function readLines<T>(report: string, schema: z.ZodType<T>): T[] {
  const lines: T[] = [];
  for (const line of report.split("\n").slice(0, -1)) {
    const parsed = schema.safeParse(parseJson(line));
    if (!parsed.success) break;
    lines.push(parsed.data);
  }
  return lines;
}
