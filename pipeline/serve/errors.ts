import { PipelineError } from "../system/errors.js";

/** Statuses of failed requests. */
export type FailedStatus = 400 | 401 | 403 | 404 | 405 | 413 | 415 | 429 | 500 | 503;

/** A request that is not answered, in the shape that OpenAI's clients read. */
export class ServeError extends Error {
  override readonly name = "ServeError";

  /**
   * @param code what went wrong, as a word that clients match: model_not_found, context_length_exceeded
   * @param param the field of the request that it is about; null: none
   * @param retryAfter seconds after which it is worth another try
   */
  constructor(
    readonly status: FailedStatus,
    readonly code: string,
    message: string,
    readonly param: string | null = null,
    readonly retryAfter: number | null = null,
  ) {
    super(message);
  }

  /** The body of the answer. */
  get body(): object {
    return { error: { message: this.message, type: types[this.status], param: this.param, code: this.code } };
  }
}

const types: Readonly<Record<FailedStatus, string>> = {
  400: "invalid_request_error",
  401: "authentication_error",
  403: "permission_error",
  404: "invalid_request_error",
  405: "invalid_request_error",
  413: "invalid_request_error",
  415: "invalid_request_error",
  429: "rate_limit_error",
  500: "server_error",
  503: "server_error",
};

/** What went wrong, as a request's answer tells it; what nobody has foreseen is told without its insides. */
export function serveError(error: unknown): ServeError {
  if (error instanceof ServeError) return error;
  if (!(error instanceof PipelineError)) return new ServeError(500, "internal_error", "something broke on the server");
  const message = error.hint === undefined ? error.message : `${error.message} (${error.hint})`;
  if (error.code === "prompt-too-long") return new ServeError(400, "context_length_exceeded", message, "messages");
  if (error.code === "interrupted") return new ServeError(503, "stopped", "the server is stopping");
  if (error.code === "stage" || error.code === "reference") return new ServeError(400, "invalid_value", message);
  return new ServeError(500, `${error.code.replaceAll("-", "_")}_error`, message);
}
