import type { ModelSpec } from "../../contract/model-spec.js";
import { PipelineError } from "../../system/errors.js";
import { isLoopback } from "../../system/loopback.js";

/** Where a served model is asked. */
export interface EndpointAddress {
  /** Base of the interface, without a slash at its end: http://127.0.0.1:8000/v1 */
  readonly url: string;
  /** The server's name for the model; null: the one that it serves. */
  readonly model: string | null;
}

/** Whether a model is specified as one that a server answers for. */
export function isAddress({ source }: Pick<ModelSpec, "source">): boolean {
  return typeof source === "string" && /^https?:/iu.test(source);
}

/**
 * Reads `http://HOST[:PORT][/v1][#MODEL]`. Throws a PipelineError (reference) where that is none, or where it lies
 * on another machine and nobody has allowed to send code there.
 */
export function readAddress({ source, endpoint = {} }: Pick<ModelSpec, "source" | "endpoint">): EndpointAddress {
  const text = String(source);
  const url = URL.parse(text);
  if (url === null || url.hostname === "")
    throw new PipelineError(`"${text}" is not the address of a server`, { code: "reference", hint: form });
  if (url.username !== "" || url.password !== "" || url.search !== "")
    throw new PipelineError(`the address of a server holds no key: "${text}"`, {
      code: "reference",
      hint: "put the key into an environment variable, and name that: endpoint: { apiKey: NAME }",
    });
  if (!isLoopback(url.hostname) && endpoint.allowRemote !== true)
    throw new PipelineError(`asking "${text}" would send code to ${url.hostname}, which is not this machine`, {
      code: "reference",
      hint: "allow it in the pipeline file, if the code may leave this machine: endpoint: { allowRemote: true }",
    });
  const model = decodeURIComponent(url.hash.slice(1));
  const path = url.pathname.replace(/\/+$/u, "");
  return { url: `${url.origin}${path === "" ? "/v1" : path}`, model: model === "" ? null : model };
}

const form = "write http://127.0.0.1:8000/v1, and the model's name behind a #: http://127.0.0.1:11434/v1#qwen2.5-coder";
