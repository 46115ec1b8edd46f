import type * as Client from "@huggingface/hub";
import { interrupted } from "../../system/abort.js";
import { PipelineError } from "../../system/errors.js";

/** What the hub's client is given with each request. */
export interface HubAccess {
  readonly hubUrl?: string;
  readonly accessToken?: string;
  readonly fetch: typeof fetch;
}

/** The hub's own client. Loaded when it is first asked: every command would wait for it. */
export async function hubClient(): Promise<typeof Client> {
  return await import("@huggingface/hub");
}

/** The hub that the user's environment names, as Hugging Face's own tools read it. */
export function hub(signal: AbortSignal): HubAccess {
  const { HF_ENDPOINT: endpoint, HF_TOKEN: token } = process.env;
  const asking: typeof fetch = async (input, init) => {
    const response = await fetch(input, { ...init, signal });
    const code = response.headers.get("x-error-code") ?? "";
    // The client keeps the status alone, and a repository that is not there is answered with 401 as one that is closed.
    if (!response.ok && code in refusals) throw new Refusal(code as keyof typeof refusals);
    return response;
  };
  return {
    fetch: asking,
    ...(endpoint && { hubUrl: endpoint.replace(/\/+$/u, "") }),
    ...(token && { accessToken: token }),
  };
}

/** The page of a repository. */
export function pageOf(repository: string): string {
  return `${process.env["HF_ENDPOINT"]?.replace(/\/+$/u, "") || "https://huggingface.co"}/${repository}`;
}

/** Throws what a model needs whose licence has to be accepted first, where nobody says who asks. */
export function requireToken(repository: string, gated: false | string): void {
  if (gated !== false && !process.env["HF_TOKEN"]) throw refusals.GatedRepo(repository);
}

/** Does something with the hub; what goes wrong is told with what to do about it. */
export async function explaining<T>(repository: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (signal.aborted) throw interrupted();
    if (error instanceof PipelineError) throw error;
    const { HubApiError } = await hubClient();
    if (error instanceof Refusal) throw refusals[error.code](repository);
    if (error instanceof HubApiError && error.statusCode === 401 && process.env["HF_TOKEN"])
      throw new PipelineError("the hub does not know the token in HF_TOKEN (status 401)", {
        code: "reference",
        hint: "make another at https://huggingface.co/settings/tokens, or unset HF_TOKEN for models that are open",
        cause: error,
      });
    if (error instanceof HubApiError && [401, 403, 404].includes(error.statusCode))
      throw refusals.RepoNotFound(repository);
    throw new PipelineError(
      `cannot fetch ${repository} from the hub: ${error instanceof Error ? error.message : String(error)}`,
      {
        code: "download",
        hint:
          "check the network, or name a mirror with HF_ENDPOINT; the same command goes on where the download " +
          "stopped",
        cause: error,
      },
    );
  }
}

/** The hub has said why it does not give something. */
class Refusal extends Error {
  constructor(readonly code: keyof typeof refusals) {
    super(code);
  }
}

/** By the codes of the hub's header `X-Error-Code`. */
const refusals = {
  GatedRepo: (repository: string) =>
    process.env["HF_TOKEN"]
      ? new PipelineError(`${repository} is gated, and the account of HF_TOKEN has not been let in`, {
          code: "reference",
          hint:
            `accept its licence with that account: ${pageOf(repository)}; some are then granted by hand, and a ` +
            "fine-grained token has to be allowed to read gated repositories",
        })
      : new PipelineError(`${repository} is gated: its licence has to be accepted before the hub gives it`, {
          code: "reference",
          hint:
            `accept it: ${pageOf(repository)}; then make a token (https://huggingface.co/settings/tokens) and ` +
            "export HF_TOKEN=...",
        }),
  RepoNotFound: (repository: string) =>
    new PipelineError(`the hub has no model ${repository}, or does not show it to you`, {
      code: "reference",
      hint: process.env["HF_TOKEN"]
        ? "check the name; a private one needs the HF_TOKEN of an account that may read it"
        : "check the name; a private one needs a token: export HF_TOKEN=...",
    }),
  RevisionNotFound: (repository: string) =>
    new PipelineError(`${repository} has no such branch, tag or commit`, {
      code: "reference",
      hint: `see which it has: ${pageOf(repository)}/tree/main`,
    }),
  DisabledRepo: (repository: string) =>
    new PipelineError(`the hub has closed the repository ${repository}`, {
      code: "reference",
      hint: "name another place of the model",
    }),
};
