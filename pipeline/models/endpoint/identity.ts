import { z } from "zod";
import { endpointServers, type EndpointServer } from "../../contract/endpoint-spec.js";
import { PipelineError } from "../../system/errors.js";
import type { EndpointAddress } from "./address.js";
import type { EndpointClient } from "./client.js";
import { serverOf } from "./dialect.js";
import { Fault } from "./fault.js";

/** What a server says of the model that it serves: what is kept in the lock file, and goes into every key. */
export const Identity = z.strictObject({
  /** The server's name for the model. */
  model: z.string(),
  server: z.enum(endpointServers).nullable(),
  /** Tokens of context; null where it does not say. */
  contextTokens: z.int().nullable(),
  /** Whatever tells this model from another one under the same name: sizes, digests, where it was read from. */
  facts: z.record(z.string(), z.unknown()),
});
export type Identity = z.infer<typeof Identity>;

const Entry = z.object({
  id: z.string(),
  owned_by: z.string().optional().catch(undefined),
  root: z.string().nullish().catch(null),
  parent: z.string().nullish().catch(null),
  max_model_len: z.int().nullish().catch(null),
  meta: z.record(z.string(), z.unknown()).nullish().catch(null),
});
const Listing = z.object({ data: z.array(Entry) });

/** Ollama's own list, which knows the weights by their SHA-256. */
const Tags = z.object({ models: z.array(z.object({ name: z.string(), digest: z.string() })) });

/** Names of the models that a server lists; null where it lists none at all. */
async function listServed(
  client: Pick<EndpointClient, "get">,
  signal: AbortSignal,
): Promise<z.infer<typeof Entry>[] | null> {
  const listing = Listing.safeParse(await client.get("models", signal));
  return listing.success ? listing.data.data : null;
}

/**
 * Asks a server who it is. Throws a PipelineError (model) where it cannot be reached, and one (reference) where it
 * does not serve the model.
 */
export async function askIdentity(
  client: Pick<EndpointClient, "get">,
  { url, model }: EndpointAddress,
  { signal, stated }: { readonly signal: AbortSignal; readonly stated: EndpointServer | undefined },
): Promise<Identity> {
  let entries: z.infer<typeof Entry>[] | null;
  try {
    entries = await listServed(client, signal);
  } catch (error) {
    if (error instanceof Fault) throw unreachable(url, error);
    throw error;
  }
  if (entries === null) {
    if (model === null)
      throw new PipelineError(`${url} does not list its models, and none is named`, {
        code: "reference",
        hint: `name it behind a #: ${url}#NAME`,
      });
    return { model, server: stated ?? null, contextTokens: null, facts: {} };
  }
  const found = model === null && entries.length === 1 ? entries[0] : entries.find(({ id }) => id === model);
  if (found === undefined) throw notServed(url, model, entries);
  const server = stated ?? serverOf(found.owned_by);
  const digest = server === "ollama" ? await digestOf(client, found.id, signal) : null;
  return {
    model: found.id,
    server,
    contextTokens: found.max_model_len ?? contextOf(found.meta ?? {}),
    facts: {
      ...(found.owned_by !== undefined && { owned_by: found.owned_by }),
      ...(found.root && { root: found.root }),
      ...(found.parent && { parent: found.parent }),
      ...(found.meta && { meta: found.meta }),
      ...(digest !== null && { digest }),
    },
  };
}

/** What one request may fill of llama-server's context. */
function contextOf({ n_ctx: tokens }: Readonly<Record<string, unknown>>): number | null {
  return typeof tokens === "number" && Number.isInteger(tokens) ? tokens : null;
}

async function digestOf(client: Pick<EndpointClient, "get">, id: string, signal: AbortSignal): Promise<string | null> {
  const tags = Tags.safeParse(await client.get("/api/tags", signal).catch(() => null));
  const names = new Set([id, `${id}:latest`]);
  return tags.success ? (tags.data.models.find(({ name }) => names.has(name))?.digest ?? null) : null;
}

function unreachable(url: string, fault: Fault): PipelineError {
  return new PipelineError(`no server answers at ${url}: ${fault.message}`, {
    code: "model",
    hint:
      fault.type === "misconfigured"
        ? "does the server want a key? endpoint: { apiKey: NAME_OF_AN_ENVIRONMENT_VARIABLE }"
        : "start it, or mend the address; it ends with /v1 at most servers",
    cause: fault,
  });
}

function notServed(url: string, model: string | null, entries: readonly { readonly id: string }[]): PipelineError {
  const names = entries.map(({ id }) => id);
  return new PipelineError(
    model === null ? `${url} serves ${names.length} models, and none is named` : `${url} serves no model "${model}"`,
    {
      code: "reference",
      hint:
        names.length === 0
          ? "it serves none: load one there first"
          : `name one behind a #: ${names.slice(0, 12).join(", ")}${names.length > 12 ? ", …" : ""}`,
    },
  );
}
