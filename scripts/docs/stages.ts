import { z } from "zod";
import { inputKinds, loadStages, type Stage } from "../../pipeline/contract/stage.js";
import { stages as modules } from "../../stages/index.js";
import { tableRow } from "./markdown.js";

/** docs/stages.md: every stage with its inputs, its output and its options, as the code declares them. */
export async function stageReference(): Promise<string> {
  const stages = await loadStages(modules);
  const overview = stages.map((stage) =>
    tableRow([`[\`${stage.name}\`](#${stage.name})`, `${readsOf(stage)} → ${stage.writes.name}`, stage.summary]),
  );
  const table = ["| stage | reads → writes | |", "|---|---|---|", ...overview, ""];
  return [introduction, ...table, ...stages.map(section)].join("\n");
}

const introduction = `# Stages

Every stage that ships, with its options. Written by \`npm run docs\` from the code; \`pipeline config schema\` says the
same to an editor. A stage of your own: [your-own-stage.md](your-own-stage.md).
`;

function section(stage: Stage): string {
  const inputs = [...inputKinds(stage)].map(
    ([name, kind]) =>
      `\`${name}\` (${kind.name}${stage.optional?.some((each) => each === name) ? ", may be left out" : ""})`,
  );
  const named = inputs.length > 1 ? [`Inputs: ${inputs.join(", ")}.`, ""] : [];
  const options = rowsOf(z.toJSONSchema(stage.options, { io: "input", unrepresentable: "any" }) as Schema, "");
  const table = ["| option | values | unless told | |", "|---|---|---|---|", ...options, ""];
  return [
    `## ${stage.name}`,
    "",
    `${stage.summary}. ${readsOf(stage)} → ${stage.writes.name}.`,
    "",
    ...named,
    ...(options.length === 0 ? ["It takes no options.", ""] : table),
  ].join("\n");
}

function readsOf(stage: Stage): string {
  const kinds = [...inputKinds(stage)].map(
    ([name, kind]) => `${kind.name}${stage.optional?.some((each) => each === name) ? "?" : ""}`,
  );
  return kinds.length === 0 ? "nothing" : kinds.join(" + ");
}

/** What is read here of a JSON schema. */
interface Schema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
}

/** A row for each option; those of a mapping come below it, by their path: repair.rules. */
function rowsOf({ properties = {}, required = [] }: Schema, prefix: string): string[] {
  return Object.entries(properties).flatMap(([name, schema]) => {
    const path = `${prefix}${name}`;
    const byDefault =
      schema.default === undefined ? (required.includes(name) ? "has to be told" : "") : shown(schema.default);
    return [
      tableRow([`\`${path}\``, typeOf(schema), byDefault, schema.description ?? ""]),
      ...(schema.properties === undefined ? [] : rowsOf(schema, `${path}.`)),
    ];
  });
}

function typeOf(schema: Schema): string {
  if (schema.const !== undefined) return shown(schema.const);
  if (schema.enum !== undefined) return schema.enum.map(shown).join(", ");
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives !== undefined) return [...new Set(alternatives.map(typeOf))].join(", or ");
  if (schema.type === "array") return `a list of ${schema.items === undefined ? "values" : typeOf(schema.items)}`;
  if (schema.type === "object") return "a mapping";
  return [typeof schema.type === "string" ? (words[schema.type] ?? schema.type) : "a value", range(schema)].join("");
}

const words: Readonly<Record<string, string>> = {
  string: "a text",
  integer: "a whole number",
  number: "a number",
  boolean: "true or false",
  null: "null",
};

function range({ minimum, maximum }: Schema): string {
  const most = maximum === undefined || maximum >= Number.MAX_SAFE_INTEGER ? undefined : maximum;
  const least = minimum === undefined || minimum <= Number.MIN_SAFE_INTEGER ? undefined : minimum;
  if (least === undefined && most === undefined) return "";
  if (most === undefined) return ` from ${least}`;
  return least === undefined ? ` up to ${most}` : ` from ${least} to ${most}`;
}

function shown(value: unknown): string {
  return `\`${typeof value === "string" ? value : JSON.stringify(value)}\``;
}
