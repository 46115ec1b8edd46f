import type { ModelInfo } from "../../contract/model.js";
import { type ModelSpec, nameOf } from "../../contract/model-spec.js";
import type { ServiceContext } from "../../contract/service.js";
import { resolveModel } from "../../models/backends.js";
import { describe, type Described } from "../../models/llama/describe.js";
import type { ResolvedModel } from "../../models/resolved.js";
import type { GgufModel } from "../../models/weights/gguf-model.js";
import { count, counted } from "../../reporters/format.js";
import { bytes } from "../../system/byte-size.js";
import { createModels } from "../../toolkit.js";
import { interruptible } from "../interrupt.js";
import { withServices } from "../standalone.js";
import { table } from "../table.js";
import { print, printJson, screenWidth } from "../terminal.js";
import { type NamingOptions, specNamed } from "./named.js";

/** Prints what is known of a model: what its files say, without loading it, or what its server says. */
export async function info(source: string, options: NamingOptions): Promise<void> {
  const spec = await specNamed(source, options);
  await interruptible(
    async (signal) =>
      await withServices(
        `model ${nameOf(spec)}`,
        async (context) => {
          const resolved = await resolveModel(spec, context);
          const described = isGguf(resolved) ? await describe(resolved, context) : null;
          const facts = described?.info ?? (await askedInfo(source, resolved, context));
          if (options.json === true)
            return printJson({ ...facts, ...(described && { path: described.path, header: described.header }) });
          const rows = described === null ? rowsOfServed(facts) : rowsOfFile(described);
          print(table([...rowsOfAny(spec, facts), ...rows], { width: screenWidth() }));
        },
        { signal },
      ),
  );
}

/** What a model says of itself that is no file. */
async function askedInfo(source: string, resolved: ResolvedModel, context: ServiceContext): Promise<ModelInfo> {
  const models = createModels(context, { models: new Map([[source, resolved]]), determinism: "strict" });
  try {
    return await models.api(source).info();
  } finally {
    await models.close();
  }
}

function isGguf(model: ResolvedModel): model is GgufModel {
  return model.backend === "llama";
}

function rowsOfAny(spec: ModelSpec, { name, licence, contextTokens, backend }: ModelInfo): string[][] {
  return [
    ["name", name],
    ["source", [spec.source].flat().join(", ")],
    ...(spec.about === undefined ? [] : [["good for", spec.about]]),
    ["licence", licence ?? "not told"],
    ["context", `${contextTokens} tokens`],
    ["backend", backend],
  ];
}

function rowsOfFile({ info: facts, header, path }: Described): string[][] {
  const { bytes: size, sha256, chatFormat, chatTemplate } = facts;
  const template =
    chatTemplate === null ? "none: it can only complete texts" : `${chatTemplate.length} characters (--json shows it)`;
  const { architecture, parameters, format, layers, width, vocabulary, contextTokens } = header;
  const shape = [
    ...(layers === null ? [] : [counted(layers, "layer")]),
    ...(width === null ? [] : [`vectors of ${count(width)}`]),
    ...(vocabulary === null ? [] : [`${count(vocabulary)} tokens known`]),
    ...(contextTokens === null ? [] : [`trained with ${count(contextTokens)} at once`]),
  ];
  return [
    [
      "architecture",
      [
        architecture,
        ...(parameters === null ? [] : [`${short(parameters)} parameters`]),
        ...(format === null ? [] : [format]),
      ].join(", "),
    ],
    ["shape", shape.join(", ")],
    ["size", bytes(size)],
    ["sha256", sha256],
    ["chat template", chatFormat === null ? template : `${chatFormat}, which ships`],
    ["here", path ?? "no: pipeline models pull fetches it"],
  ];
}

const short = (value: number): string =>
  new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 1 }).format(value);

function rowsOfServed({ served, sha256 }: ModelInfo): string[][] {
  if (served === undefined) return [["sha256", sha256]];
  const { url, server, facts } = served;
  const said = Object.entries(facts).map(([key, value]) => [
    key,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  return [["served at", url], ["by", server ?? "a program that does not tell its name"], ...said];
}
