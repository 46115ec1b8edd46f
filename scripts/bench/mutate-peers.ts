import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import Database from "libsql";
import { PipelineError } from "../../pipeline/system/errors.js";

/** What a tool did, by its own count. */
export interface Judged {
  readonly seconds: number;
  readonly mutants: number;
}

/** Where other tools find the programs and the tests. */
export interface Peer {
  readonly python: string;
  /** Folder of the tools and of pytest, for PYTHONPATH. */
  readonly packages: string;
  /** Holds correct_python_programs/NAME.py and tests/test_NAME.py. */
  readonly project: string;
  readonly programs: readonly string[];
}

/** One session a program, so that a mutant is judged by its own tests alone; finding the mutants is not timed. */
export async function cosmicRay(peer: Peer): Promise<Judged> {
  let [seconds, mutants] = [0, 0];
  for (const name of peer.programs) {
    const [config, session] = [join(peer.project, "session.toml"), join(peer.project, "session.sqlite")];
    await rm(session, { force: true });
    await writeFile(
      config,
      [
        "[cosmic-ray]",
        `module-path = "correct_python_programs/${name}.py"`,
        "timeout = 10.0",
        "excluded-modules = []",
        `test-command = "${peer.python} -m pytest -x -q -p no:cacheprovider tests/test_${name}.py"`,
        "[cosmic-ray.distributor]",
        'name = "local"',
        "",
      ].join("\n"),
    );
    await python(peer, ["-m", "cosmic_ray.cli", "init", config, session]);
    const start = performance.now();
    await python(peer, ["-m", "cosmic_ray.cli", "exec", config, session]);
    seconds += (performance.now() - start) / 1000;
    const outcomes = outcomesIn(session);
    checkKills("cosmic-ray", name, outcomes.filter((outcome) => outcome === "KILLED").length);
    mutants += outcomes.length;
  }
  return { seconds, mutants };
}

/** One run over all programs: mutmut finds by itself which tests reach which function. */
export async function mutmut(peer: Peer): Promise<Judged> {
  await rm(join(peer.project, "mutants"), { recursive: true, force: true });
  await writeFile(
    join(peer.project, "setup.cfg"),
    "[mutmut]\nsource_paths = correct_python_programs\npytest_add_cli_args_test_selection = tests\n",
  );
  const start = performance.now();
  await python(peer, ["-m", "mutmut", "run", "--max-children", "1"]);
  const seconds = (performance.now() - start) / 1000;
  let mutants = 0;
  for (const name of peer.programs) {
    const meta = await readFile(join(peer.project, `mutants/correct_python_programs/${name}.py.meta`), "utf8");
    const codes = Object.values(
      (JSON.parse(meta) as { readonly exit_code_by_key: Readonly<Record<string, number | null>> }).exit_code_by_key,
    );
    const run = codes.filter((code) => code !== null);
    checkKills("mutmut", name, run.filter((code) => code === 1).length);
    mutants += run.length;
  }
  return { seconds, mutants };
}

function outcomesIn(session: string): string[] {
  const database = new Database(session, { readonly: true });
  try {
    return (
      database.prepare("SELECT test_outcome FROM work_results WHERE worker_outcome = 'NORMAL'").all() as {
        readonly test_outcome: string;
      }[]
    ).map(({ test_outcome: outcome }) => outcome);
  } finally {
    database.close();
  }
}

/** A tool that finds no kill does not run the tests on the mutants: its time would mean nothing. */
function checkKills(tool: string, program: string, kills: number): void {
  if (kills === 0)
    throw new PipelineError(`${tool} killed no mutant of ${program}`, {
      code: "python",
      hint: `run it by hand in the project that scripts/bench/mutate.ts writes`,
    });
}

async function python({ python: executable, packages, project }: Peer, args: readonly string[]): Promise<void> {
  await execa(executable, [...args], {
    cwd: project,
    env: { PYTHONPATH: [packages, project].join(":"), PYTHONWARNINGS: "ignore" },
  });
}
