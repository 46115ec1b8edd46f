import type { EndpointSpec } from "../../contract/endpoint-spec.js";
import { type ModelSpec, nameOf } from "../../contract/model-spec.js";
import { PipelineError } from "../../system/errors.js";
import { hashValue } from "../../system/hash.js";
import type { ModelContext, ResolvedModel } from "../resolved.js";
import { pinTokenizer } from "../tokenizer/tokenizer-files.js";
import { readAddress } from "./address.js";
import { EndpointClient } from "./client.js";
import { askIdentity, Identity } from "./identity.js";

/** A served model that is pinned: where it is asked, how, and who it said that it is. */
export interface EndpointModel extends ResolvedModel {
  readonly backend: "endpoint";
  readonly url: string;
  readonly identity: Identity;
  readonly endpoint: EndpointSpec;
  readonly contextTokens: number | null;
  readonly licence: string | null;
  /** SHA-256 of the weights, where the user states it. */
  readonly sha256: string | null;
  /** SHA-256 of the tokenizer that the pipeline file names. */
  readonly tokenizer: string | null;
}

/** Asks the server who it is, once: the answer is kept in the lock file, and held against what it says later. */
export async function resolveEndpoint(spec: ModelSpec, context: ModelContext): Promise<EndpointModel> {
  const source = nameOf(spec);
  refuseWhatIsTheServers(spec, source);
  const address = readAddress(spec);
  const { endpoint = {}, contextTokens = null, sha256 = null, licence = null } = spec;
  if (endpoint.budget?.money !== undefined && endpoint.price === undefined)
    throw new PipelineError(`a budget of money needs a price: the model "${source}"`, {
      code: "config",
      hint: "say what it costs: endpoint: { price: { prompt: 0.15, generated: 0.6 } }, of a million tokens each",
    });
  const reference = `endpoint ${address.url}#${address.model ?? ""}`;
  const identity = await context.lockfile.pin(reference, Identity, async () => {
    const client = new EndpointClient(address, endpoint);
    try {
      return await askIdentity(client, address, { signal: context.signal, stated: endpoint.server });
    } finally {
      await client.close();
    }
  });
  const tokenizer = endpoint.tokenizer === undefined ? null : await pinTokenizer(endpoint.tokenizer, context);
  const { server: _, ...said } = identity;
  return {
    backend: "endpoint",
    // Weights that the user states are the same wherever they are served.
    hash: hashValue({
      ...(sha256 === null ? { url: address.url, said } : { weights: sha256.toLowerCase() }),
      contextTokens,
      ...(endpoint.body !== undefined && { body: endpoint.body }),
    }),
    source,
    url: address.url,
    identity,
    endpoint,
    contextTokens,
    licence,
    sha256: sha256?.toLowerCase() ?? null,
    tokenizer: tokenizer?.hash ?? null,
  };
}

/** Throws where the file sets what only who loads the weights can set. */
function refuseWhatIsTheServers(spec: ModelSpec, source: string): void {
  const set = (["adapter", "quantization", "chatTemplate", "batchTokens", "reasoning", "date"] as const).filter(
    (key) => spec[key] !== undefined,
  );
  if (set.length === 0) return;
  throw new PipelineError(`a server holds the model "${source}" as it was started: it takes no ${set.join(", ")}`, {
    code: "reference",
    hint:
      `remove ${set.join(", ")} of the model, and start the server so; fields of its requests go into ` +
      `endpoint: { body: ... }`,
  });
}
