import { join } from "node:path";
import type { AnyRecord } from "../contract/kind.js";
import type { Stage } from "../contract/stage.js";
import { checkOutput } from "./check-output.js";
import { createContext, type PartitionSurroundings } from "./context.js";
import { EarlierResults } from "./earlier-results.js";
import { PartitionInputs } from "./inputs.js";
import { Items } from "./items.js";
import { Ledger } from "./ledger.js";
import { LeftWriter } from "./left-file.js";
import { PartitionProgress } from "./progress.js";
import type { PartitionTask } from "./protocol.js";
import { type PartitionReceipt, partitionName, writeReceipt } from "./receipt.js";
import { RecordWriter } from "./record-file.js";

/** Runs a stage over one partition and commits its results; the receipt is written last. */
export async function runPartition(
  stage: Stage,
  task: PartitionTask,
  surroundings: PartitionSurroundings,
): Promise<PartitionReceipt> {
  const { gate, host } = surroundings;
  const name = partitionName(task.partition);
  const earlier = task.earlier === null ? null : await EarlierResults.read(task.earlier);
  const inputs = new PartitionInputs(task, earlier);
  const ledger = new Ledger(inputs.count, task.folder, (id) => items.passed(id));
  const output = await RecordWriter.create(join(task.folder, `${name}.jsonl`));
  const left = await LeftWriter.create(join(task.folder, `${name}.left.jsonl`), stage.parallel === "record");
  const items = new Items(task, stage.parallel, {
    gate,
    ledger,
    left: (entry) => left.add(entry),
    say: (word) => host.item(word),
  });
  const notices = new Set<string>();
  const atEnd: (() => void)[] = [() => ledger.close()];
  const progress = new PartitionProgress(host, {
    inputs: inputs.count,
    out: () => output.records,
    dropped: () => left.count("dropped"),
  });
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
      progress: (done, total, unit) => progress.byStage(done, total, unit),
      mapped: (done) => progress.byMap(done),
      atEnd: (close) => atEnd.push(close),
    },
  });

  try {
    const given = inputs.forStage(stage, ledger, { items, onRecord: () => progress.byInput() });
    const records = stage.run(given as never, task.options, context) as AsyncIterable<AnyRecord>;
    const again: AnyRecord[] = [];
    for await (const record of records) {
      checkOutput(stage, record, task, surroundings.evidence);
      if (items.isLeftOut(record)) continue;
      if (ledger.output(record)) await (earlier === null ? output.write(record) : again.push(record));
      await left.flush();
      progress.tell();
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
      input: task.input,
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
