import type { Capability } from "../../contract/capabilities.js";
import type { EndpointServer, EndpointSpec } from "../../contract/endpoint-spec.js";
import { dialectOf } from "./dialect.js";
import type { EndpointModel } from "./resolve.js";
import { tokensOf, type TokenSource, tokenSource } from "./tokens.js";

/** What a served model can beside writing, before anyone is asked: where the file does not say which server, all. */
export function mayBeAble({ server, ...endpoint }: EndpointSpec): readonly Capability[] {
  if (server === undefined) return ["tokens", "template", "grammar", "schema", "infill"];
  // A model may be called after its repository, whose tokenizer it has then.
  const tokens = tokenSource(endpoint, server, []);
  return abilities(server, tokens ?? { type: "tokenizer", source: "" });
}

/** What it can by what its server has said. */
export function isAble(model: EndpointModel): readonly Capability[] {
  return abilities(model.endpoint.server ?? model.identity.server, tokensOf(model));
}

function abilities(server: EndpointServer | null, tokens: TokenSource): Capability[] {
  const { grammar, schema, infill } = dialectOf(server);
  const hasTemplate = tokens?.type === "tokenizer" || tokens?.server === "llama-server";
  return [
    ...(tokens === null ? [] : (["tokens"] as const)),
    ...(hasTemplate ? (["template"] as const) : []),
    ...(grammar === null ? [] : (["grammar"] as const)),
    ...(schema ? (["schema"] as const) : []),
    ...(infill === null ? [] : (["infill"] as const)),
  ];
}
