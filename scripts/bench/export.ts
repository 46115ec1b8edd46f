import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { DuckDBInstance } from "@duckdb/node-api";
import { execa } from "execa";
import { chatFormats, conversationText, joined } from "../../pipeline/contract/chat-formats.js";
import { PipelineError } from "../../pipeline/system/errors.js";
import { defaultCacheDir, packageRoot } from "../../pipeline/system/paths.js";
import { findPython } from "../../pipeline/system/python/interpreter.js";
import { Conversation } from "../../pipeline/contract/records.js";
import { installPackages } from "../../pipeline/system/python/packages.js";
import { writeDataset } from "../../stages/dataset/lib/files/files.js";
import { writeParquet } from "../../stages/dataset/lib/files/parquet.js";
import { PytestEvidence } from "../../stages/tests/lib/evidence/pytest-evidence.js";
import { describeTable, type Table } from "../../stages/dataset/lib/files/table.js";
import { type Benchmark, type BenchResult, measured } from "./benchmark.js";
import { syntheticExamples } from "./synthetic.js";

const rows = 20_000;
const runs = 5;
/** Ways in which `datasets` can come to the same rows. */
const peers = ["generator", "json"] as const;

/** Exporting to Parquet. */
export const benchmark: Benchmark = {
  name: "export",
  summary:
    `writing ${rows.toLocaleString("en-US")} finished rows, read as JSON Lines, to Parquet, against Hugging ` +
    `Face datasets on the same file`,
  async run() {
    const folder = await mkdtemp(join(tmpdir(), "bench-export-"));
    try {
      return await compare(folder);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function compare(folder: string): Promise<BenchResult> {
  const source = await writeRows(folder);
  const peer = await startPeer(source.path, folder);
  try {
    const ours: number[] = [];
    const theirs = { generator: [] as number[], json: [] as number[] };
    // The first round warms caches and compilers, and shows whether all write the same rows.
    for (let run = -1; run < runs; run += 1) {
      const own = await writeOurs(source, join(folder, "ours.parquet"));
      if (run >= 0) ours.push(own.seconds);
      for (const way of peers) {
        const other = await peer.run(way);
        if (run >= 0) theirs[way].push(other.seconds);
        else await checkSameRows(own.path, other.path);
      }
    }
    const result = measured(ours);
    const others = Object.fromEntries(peers.map((way) => [`datasets-${way}`, measured(theirs[way])]));
    return {
      name: "export",
      ours: result,
      peers: others,
      ratio: Object.fromEntries(Object.entries(others).map(([name, { seconds }]) => [name, seconds / result.seconds])),
    };
  } finally {
    await peer.close();
  }
}

interface Rows {
  readonly path: string;
  readonly columns: Table["columns"];
}

/** Rows as the export stage writes them, as JSON Lines. */
async function writeRows(folder: string): Promise<Rows> {
  const conversations = {
    async *[Symbol.asyncIterator]() {
      yield* syntheticConversations();
    },
  };
  const table = await describeTable(conversations, { evidence: () => PytestEvidence });
  await writeDataset(conversations, {
    table,
    formats: ["jsonl"],
    parquetWriter: "duckdb",
    csv: [],
    lines: null,
    json: "compact",
    nameOf: (split) => split,
    folder,
    onRow: () => undefined,
    onUnfit: () => undefined,
  });
  return { path: join(folder, "jsonl/train.jsonl"), columns: table.columns };
}

async function writeOurs(source: Rows, path: string): Promise<{ seconds: number; path: string }> {
  const start = performance.now();
  await writeParquet(source, path, "duckdb");
  return { seconds: (performance.now() - start) / 1000, path };
}

function* syntheticConversations(): Generator<Conversation> {
  for (const example of syntheticExamples({ rows, copies: 0, seed: 1 })) {
    const { task, language, labels, evidence, source, prompt, response } = example;
    const messages = [
      { role: "user" as const, content: prompt },
      { role: "assistant" as const, content: response },
    ];
    yield Conversation.make(
      {
        task,
        language,
        split: "train",
        messages,
        columns: { text: joined(conversationText(chatFormats.chatml, messages, {})) },
        tokens: null,
        labels,
        evidence,
      },
      { source, from: [example] },
    );
  }
}

async function startPeer(source: string, folder: string) {
  const lock = await readFile(join(packageRoot, "scripts/bench/export_peer.lock"), "utf8");
  const packages = await installPackages(lock, "Hugging Face datasets", {
    cacheDir: defaultCacheDir(),
    emit: () => undefined,
  });
  const { executable } = await findPython();
  const child = execa(executable, [join(packageRoot, "scripts/bench/export_peer.py"), source, folder], {
    stdin: "pipe",
    buffer: false,
    stderr: "inherit",
    env: { PYTHONPATH: packages },
  });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async run(way: (typeof peers)[number]): Promise<{ seconds: number; path: string }> {
      child.stdin.write(`${way}\n`);
      const { value } = (await answers.next()) as { value: string | undefined };
      if (value === undefined)
        throw new PipelineError("the peer of the export benchmark ended early", {
          code: "python",
          hint: "see its output above",
        });
      return JSON.parse(value) as { seconds: number; path: string };
    },
    async close(): Promise<void> {
      child.stdin.end();
      await child;
    },
  };
}

async function checkSameRows(ours: string, theirs: string): Promise<void> {
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  try {
    const [one, two] = await Promise.all(
      [ours, theirs].map(async (path) => {
        const result = await connection.runAndReadAll(
          `SELECT count(*), bit_xor(hash(id, text, messages[1].content, messages[2].content, preamble, last_line)) ` +
            `FROM read_parquet('${path}')`,
        );
        return JSON.stringify(result.getRowsJson());
      }),
    );
    if (one !== two)
      throw new PipelineError(`the export and its peer wrote different rows: ${one} and ${two}`, { code: "internal" });
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
