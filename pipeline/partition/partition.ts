import { join } from "node:path";
import { PipelineError } from "../system/errors.js";
import { hashValue } from "../system/hash.js";
import { ReasonCounts } from "../contract/reasons.js";
import type { Evidence, EvidenceTypes } from "../contract/evidence.js";
import type { AnyKind, AnyRecord } from "../contract/kind.js";
import { type Input, inputKinds, type Stage } from "../contract/stage.js";
import { checkEvidence } from "./evidence.js";
import { createContext, type PartitionSurroundings } from "./context.js";
import { Items } from "./items.js";
import { Ledger } from "./ledger.js";
import type { HostFunctions, LeftRecord, PartitionTask } from "./protocol.js";
import { type PartitionReceipt, partitionName, writeReceipt } from "./receipt.js";
import { readSlices, RecordWriter } from "./record-file.js";
import { EarlierResults } from "./earlier-results.js";

/** Milliseconds between two words of progress from one partition. */
const progressInterval = 100;

/** Runs a stage over one partition and commits its results; the receipt is written last. */
export async function runPartition(
  stage: Stage,
  task: PartitionTask,
  surroundings: PartitionSurroundings,
): Promise<PartitionReceipt> {
  const name = partitionName(task.partition);
  const earlier = task.earlier === null ? null : await EarlierResults.read(task.earlier);
  const inputs = openInputs(stage, task, earlier);
  const ledger = new Ledger(inputs.first?.count ?? 0, task.folder, (id) => items.passed(id));
  const output = await RecordWriter.create(join(task.folder, `${name}.jsonl`));
  const left = await LeftWriter.create(join(task.folder, `${name}.left.jsonl`), stage.parallel === "record");
  const { gate, host } = surroundings;
  const items = new Items(task, stage.parallel, {
    gate,
    ledger,
    left: (entry) => left.add(entry),
    say: (word) => host.item(word),
  });
  const notices = new Set<string>();
  const atEnd: (() => void)[] = [() => ledger.close()];
  const report = progressReporter(inputs, { output, left, host });
  const context = createContext(stage, task, {
    ...surroundings,
    items,
    sinks: {
      use: (record) => void (items.isLeftOut(record) || ledger.use(record)),
      leave: (record, state, given) => {
        if (items.isLeftOut(record)) return null;
        const id = ledger.leave(record, state);
        items.left(id, state, given);
        return id;
      },
      left: (entry) => left.add(entry),
      notice: (text) => notices.add(text),
      progress: report.byStage,
      mapped: report.byMap,
      atEnd: (close) => atEnd.push(close),
    },
  });

  try {
    const records = stage.run(
      inputs.forStage(ledger, items, report.byInput) as never,
      task.options,
      context,
    ) as AsyncIterable<AnyRecord>;
    const again: AnyRecord[] = [];
    for await (const record of records) {
      checkOutput(stage, record, task, surroundings.evidence);
      if (items.isLeftOut(record)) continue;
      if (ledger.output(record)) await (earlier === null ? output.write(record) : again.push(record));
      await left.flush();
      report.output();
    }
    await inputs.readRest(ledger);
    const settled = ledger.settle();
    for (const record of earlier?.merge(again) ?? []) await output.write(record);
    for (const entry of earlier?.left ?? []) left.add(entry);
    await left.flush();
    const outputFile = await output.commit();
    const leftFile = await left.commit();
    const receipt: PartitionReceipt = {
      partition: task.partition,
      attempt: task.attempt,
      counts: {
        ...(earlier?.account(settled) ?? settled),
        out: outputFile.records,
        rejectedParts: left.count("rejected"),
        refused: left.count("refused"),
      },
      output: outputFile,
      left: leftFile,
      reasons: left.reasons.list(),
      notices: [...notices],
    };
    await writeReceipt(task.folder, receipt);
    if (items.hasSpoken) await host.heard();
    return receipt;
  } catch (error) {
    await output.abandon();
    await left.abandon();
    throw error;
  } finally {
    for (const close of atEnd) close();
  }
}

/** A record's place in the order in which `limit` takes records. */
export function limitKey(seed: number, id: string): string {
  return hashValue([seed, id]);
}

function isSkipped(record: AnyRecord, { threshold, seed }: PartitionTask): boolean {
  return threshold !== null && limitKey(seed, record.id) > threshold;
}

function openInputs(stage: Stage, task: PartitionTask, earlier: EarlierResults | null) {
  const [first, ...others] = task.inputs.map(([name, slices]) => ({ name, input: readSlices<AnyRecord>(slices) }));
  // How far the ledger knows the first input: a stage may read it more than once, or stop early.
  let known = 0;
  // Steps that are joined may pass on the same record: the stage sees it once. What is left out it does not see at all.
  const hidden = new Set<number>();
  async function* accountedFor(input: Input<AnyRecord>, ledger: Ledger, items?: Items): AsyncGenerator<AnyRecord> {
    let position = 0;
    for await (const record of input) {
      position += 1;
      if (earlier?.meet(record.id) === false) {
        known = Math.max(known, position);
        continue;
      }
      const skipped = isSkipped(record, task);
      if (position > known) {
        known = position;
        if (!ledger.expect(record.id, skipped ? "skipped" : "waiting")) hidden.add(position);
        else if (!skipped && items !== undefined && !(await items.begin(record))) hidden.add(position);
      }
      if (!skipped && !hidden.has(position)) yield record;
    }
  }
  return {
    first: first?.input,
    /** The inputs as the stage sees them: without what `limit` skips. */
    forStage(ledger: Ledger, items: Items, onRecord: () => void): unknown {
      if (first === undefined) return undefined;
      const selected = {
        count: first.input.count,
        async *[Symbol.asyncIterator]() {
          for await (const record of accountedFor(first.input, ledger, items)) {
            onRecord();
            yield record;
          }
        },
      };
      if (inputKinds(stage).has("")) return selected;
      return Object.fromEntries([[first.name, selected], ...others.map(({ name, input }) => [name, input] as const)]);
    },
    /** Accounts for inputs that the stage never came to. */
    async readRest(ledger: Ledger): Promise<void> {
      if (first === undefined || known >= first.input.count) return;
      const rest = accountedFor(first.input, ledger);
      while ((await rest.next()).done !== true);
    },
  };
}

function checkOutput(stage: Stage, record: AnyRecord, { module }: PartitionTask, evidence: EvidenceTypes): void {
  const kind: AnyKind = stage.writes;
  const { success, error } = kind.schema.safeParse(record);
  if (!success) {
    const [issue] = error.issues;
    throw new PipelineError(
      `stage "${stage.name}" put out something that is no ${kind.name}: ${issue?.path.join(".") ?? ""}: ` +
        (issue?.message ?? ""),
      {
        code: "stage",
        hint: `make records with ${kind.name}.make(content, { source, from }) or ${kind.name}.derive(record, changes)`,
      },
    );
  }
  if (kind.hasEvidence) checkEvidence(stage, record as AnyRecord & { readonly evidence: Evidence }, evidence);
  const isUsersOwn = module.name === null;
  if (isUsersOwn && !hasOwnId(kind, record)) {
    throw new PipelineError(
      `stage "${stage.name}" changed a record in place: ${record.id} no longer stands for its content`,
      {
        code: "stage",
        hint: `yield ${kind.name}.derive(record, changes) instead`,
      },
    );
  }
}

function hasOwnId(kind: AnyKind, record: AnyRecord): boolean {
  const { kind: _kind, id, source, from, ...content } = record;
  return kind.make(content as never, { source, from: from.map((parent) => ({ id: parent })) }).id === id;
}

/**
 * Tells the host how far the partition is: by the stage's own word, or else by the inputs that its `map` is done with,
 * or else by those that it has taken.
 */
function progressReporter(
  inputs: { first: Input<AnyRecord> | undefined },
  { output, left, host }: { output: RecordWriter; left: LeftWriter; host: HostFunctions },
) {
  let taken = 0;
  let mapped: number | undefined;
  let stated: [number, number, string | undefined] | undefined;
  let lastSent = -Infinity;
  const send = () => {
    if (performance.now() - lastSent < progressInterval) return;
    lastSent = performance.now();
    const [done, total, unit] = stated ?? [mapped ?? taken, inputs.first?.count ?? 0, undefined];
    host.progress(done, total, unit, output.records, left.count("dropped"));
  };
  return {
    byInput: () => {
      taken += 1;
      send();
    },
    byMap: (done: number) => {
      mapped = done;
      send();
    },
    byStage: (done: number, total: number, unit: string | undefined) => {
      stated = [done, total, unit];
      send();
    },
    output: send,
  };
}

/**
 * The file of what did not pass on. Entries of a small partition are sorted, since concurrent work leaves them in any
 * order.
 */
class LeftWriter {
  readonly reasons = new ReasonCounts();
  readonly #writer: RecordWriter;
  readonly #sorted: boolean;
  readonly #counts = new Map<LeftRecord["type"], number>();
  #entries: LeftRecord[] = [];

  private constructor(writer: RecordWriter, sorted: boolean) {
    this.#writer = writer;
    this.#sorted = sorted;
  }

  static async create(path: string, sorted: boolean): Promise<LeftWriter> {
    return new LeftWriter(await RecordWriter.create(path), sorted);
  }

  add(entry: LeftRecord): void {
    this.#entries.push(entry);
    this.#counts.set(entry.type, this.count(entry.type) + 1);
    const { type, code, reason, fix } = entry;
    this.reasons.add({ type, code, count: 1, example: reason, ...(fix !== undefined && { fix }) });
  }

  count(type: LeftRecord["type"]): number {
    return this.#counts.get(type) ?? 0;
  }

  async flush(): Promise<void> {
    if (this.#sorted) return;
    const entries = this.#entries;
    this.#entries = [];
    for (const entry of entries) await this.#writer.write(entry);
  }

  async commit() {
    if (this.#sorted) {
      const lines = this.#entries.map((entry) => [JSON.stringify(entry), entry] as const);
      lines.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
      for (const [, entry] of lines) await this.#writer.write(entry);
    }
    return await this.#writer.commit();
  }

  async abandon(): Promise<void> {
    await this.#writer.abandon();
  }
}
