import type { Tool } from "../message.js";

/** What a JSON Schema may say that the format shows; anything else in it is passed over, as openai-harmony does. */
interface Schema {
  readonly type?: string | readonly string[];
  readonly title?: string;
  readonly description?: string;
  readonly examples?: readonly unknown[];
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly nullable?: boolean;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly oneOf?: readonly Schema[];
}

/** The functions of a developer message, as types of a TypeScript namespace. */
export function toolsSection(tools: readonly Tool[]): string {
  const types = tools.map(({ name, description, parameters }) => {
    const taken = parameters === undefined ? "" : `_: ${typeOf(parameters, "")}`;
    return `${comment(description, "")}type ${name} = (${taken}) => any;\n`;
  });
  return ["# Tools", "", "## functions", "", "namespace functions {", "", ...types, "} // namespace functions"].join(
    "\n",
  );
}

function comment(text: string, indent: string): string {
  return text === ""
    ? ""
    : text
        .replace(/\n$/u, "")
        .split("\n")
        .map((line) => `${indent}// ${line}\n`)
        .join("");
}

function typeOf(schema: Schema, indent: string): string {
  const { type, items, oneOf } = schema;
  if (oneOf !== undefined) {
    return oneOf
      .map((variant) => {
        const said = [
          ...descriptionOf(variant),
          ...(variant.default === undefined ? [] : [`default: ${JSON.stringify(variant.default)}`]),
        ];
        return `\n${indent} | ${variantOf(variant, indent, said)}`;
      })
      .join("");
  }
  if (Array.isArray(type) && type.length > 0)
    return type.map((each) => (each === "integer" ? "number" : String(each))).join(" | ");
  switch (type) {
    case "object":
      return objectType(schema, indent);
    case "string":
      return textType(schema);
    case "number":
    case "integer":
      return "number";
    case "boolean":
      return "boolean";
    case "array":
      return items === undefined ? "Array<any>" : `${typeOf(items, indent)}[]`;
    default:
      return "any";
  }
}

function textType({ enum: values = [] }: Schema): string {
  const texts = values.filter((value) => typeof value === "string");
  return texts.length === 0 ? "string" : texts.map((text) => `"${text}"`).join(" | ");
}

function objectType({ description, properties = {}, required = [] }: Schema, indent: string): string {
  const fields = Object.entries(properties).map(([name, schema]) =>
    field(`${name}${required.includes(name) ? "" : "?"}`, schema, indent),
  );
  return `${description === undefined ? "" : `${indent}// ${description}\n`}{\n${fields.join("")}${indent}}`;
}

function field(name: string, schema: Schema, indent: string): string {
  const { title, description, examples = [], oneOf } = schema;
  const heading = title === undefined ? "" : `${indent}// ${title}\n${indent}//\n`;
  const texts = examples
    .filter((example) => typeof example === "string")
    .map((example) => `${indent}// - "${example}"\n`);
  const shown = examples.length === 0 ? "" : `${indent}// Examples:\n${texts.join("")}`;
  if (oneOf !== undefined) return `${heading}${shown}${choice(name, { ...schema, oneOf }, indent)}`;
  const said = description === undefined ? "" : `${indent}// ${description}\n`;
  const trailing = schema.default === undefined ? "" : ` // ${defaultOf(schema)}`;
  return `${heading}${said}${shown}${indent}${name}: ${orNull(typeOf(schema, `${indent}    `), schema)},${trailing}\n`;
}

/**
 * A field of one of several types, each on a line of its own. What is said of the field is not said again of its first
 * type.
 */
function choice(
  name: string,
  { description, oneOf, ...schema }: Schema & { readonly oneOf: readonly Schema[] },
  indent: string,
): string {
  const isSaid = description !== undefined && oneOf[0]?.description !== description;
  const above =
    (isSaid ? `${indent}// ${description}\n` : "") +
    (schema.default === undefined ? "" : `${indent}// ${defaultOf(schema)}\n`);
  const variants = oneOf.map((variant, index) => {
    const isKnown = (index === 0 && isSaid) || variant.description === description;
    const remarks = [
      ...(isKnown ? [] : descriptionOf(variant)),
      ...(variant.default === undefined ? [] : [defaultOf(variant)]),
    ];
    return `${indent} | ${variantOf(variant, indent, remarks)}\n`;
  });
  return `${above}${indent}${name}:\n${variants.join("")}${indent},\n`;
}

function variantOf(schema: Schema, indent: string, said: readonly string[]): string {
  return `${orNull(typeOf(schema, `${indent}   `), schema)}${said.length === 0 ? "" : ` // ${said.join(" ")}`}`;
}

function descriptionOf({ description }: Schema): string[] {
  return description === undefined ? [] : [description];
}

function orNull(type: string, { nullable = false }: Schema): string {
  return nullable && !type.includes("null") ? `${type} | null` : type;
}

/** Values of an enumeration are shown as they are, other texts in quotation marks. */
function defaultOf({ default: value, enum: values = [] }: Schema): string {
  return `default: ${typeof value === "string" && values.length > 0 ? value : JSON.stringify(value)}`;
}
