import type { Conversation } from "../../pipeline/records.js";
import type { Column } from "./table.js";

type Evidence = Conversation["evidence"];

/** The columns that show, flat, what proves a row of a task: enough to prove it again. */
export function evidenceColumns(type: Evidence["type"]): readonly Column[] {
  return columnsOf[type];
}

/** What was run for a row: null where its task has nothing that can be run. */
export function proofOf(evidence: Evidence): { readonly tests: number; readonly sandbox: string | null } | null {
  if (evidence.type === "none") return null;
  const { verdicts, hashSeeds, sandbox } = evidence;
  return { tests: hashSeeds.length === 0 ? 0 : verdicts.filter(({ outcome }) => outcome === "passed").length, sandbox };
}

const columnsOf: Readonly<Record<Evidence["type"], readonly Column[]>> = {
  none: [],
  pytest: [
    pytest("target_module", "string", "Module that the tested thing is imported from", ({ target }) => target.module),
    pytest("target_name", "string", "Its qualified name in that module", ({ target }) => target.qualifiedName),
    pytest("target_kind", "string", "function, method, class or route", ({ target }) => target.kind),
    pytest("preamble", "string", "Import lines: preamble + response is a whole test file for plain pytest", ({ preamble }) => preamble),
    pytest("tests_passed", "integer", "Test functions of the response that passed in every run", ({ verdicts }) => verdicts.filter(({ outcome }) => outcome === "passed").length),
    pytest("runs", "integer", "Runs that each of them passed, every one with another PYTHONHASHSEED; 0 where nothing was run", ({ hashSeeds }) => hashSeeds.length),
    pytest("sandbox", "string", "What confined the runs", ({ sandbox }) => sandbox),
  ],
};

function pytest(
  name: string,
  type: Column["type"],
  meaning: string,
  read: (evidence: Extract<Evidence, { type: "pytest" }>) => string | number | null,
): Column {
  return { name, type, meaning, read: ({ evidence }) => (evidence.type === "pytest" ? read(evidence) : null) };
}
