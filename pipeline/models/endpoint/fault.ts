import { jsonObject } from "./json-object.js";

/** What went wrong with a request, which decides what is done next. */
export type FaultType =
  /** It was asked too often: wait, and ask less at once. Costs no try. */
  | "busy"
  /** It cannot be reached, or is broken: ask again, and after several such answers in a row not at all for a while. */
  | "outage"
  /** What came is no answer: ask again. */
  | "broken"
  /** The question is too long for the model: of no other question. */
  | "too-long"
  /** This question is refused, and would be again. */
  | "refused"
  /** Every question would be refused: the key, the name of the model, the address. */
  | "misconfigured";

/** A request that brought no answer. */
export class Fault extends Error {
  override readonly name = "Fault";
  /** Tokens that the server may have counted all the same. */
  tokens = { prompt: 0, generated: 0 };
  /** Whether the server did not even say who it is: no question has a part in that. */
  isOfServer = false;

  constructor(
    readonly type: FaultType,
    message: string,
    /** Milliseconds that the server wants to be left alone; null where it does not say. */
    readonly retryAfter: number | null = null,
  ) {
    super(message);
  }
}

/** An answer with a status that is no success, as a fault. `body` is what came with it. */
export function faultOfStatus(status: number, body: string, headers: Headers): Fault {
  const said = messageIn(body);
  const message = `HTTP ${status}${said === "" ? "" : `: ${said}`}`;
  const wait = retryAfterOf(headers);
  if (status === 429) return new Fault(/quota|billing|credit/iu.test(said) ? "misconfigured" : "busy", message, wait);
  if (status === 401 || status === 403) return new Fault("misconfigured", message);
  // A server that has freed the model loads it when it is asked again.
  if (/unload|not loaded|loading|crashed/iu.test(said)) return new Fault("outage", message, wait);
  if (status === 501) return new Fault("refused", message);
  if (status === 404) return new Fault("misconfigured", message);
  if (status === 408 || status === 409 || status === 425 || status >= 500) return new Fault("outage", message, wait);
  if (status >= 300 && status < 400) return new Fault("misconfigured", `${message} (it leads elsewhere)`);
  return new Fault(tooLong.test(said) ? "too-long" : "refused", message);
}

/** An error that comes where an answer was begun, with its status or without. `body` is what tells of it. */
export function faultInStream(body: string, code: unknown): Fault {
  const status = Number(code);
  if (status >= 400 && status < 600) return faultOfStatus(status, body, new Headers());
  const said = messageIn(body) || "an error without a text";
  return new Fault(tooLong.test(said) ? "too-long" : "outage", said);
}

const tooLong = new RegExp(
  "context.{0,40}(?:length|size|window)|maximum.{0,20}tokens|too (?:long|many tokens)|" +
    "exceed.{0,40}(?:context|tokens)|context_length_exceeded",
  "iu",
);

/** What a server says of an error: OpenAI's `error.message`, Ollama's `error`, FastAPI's `detail`, or all its text. */
export function messageIn(body: string): string {
  const value = jsonObject(body);
  const found = value === null ? body : (textAt(value, "error") ?? textAt(value, "detail") ?? textAt(value, "message"));
  return (found ?? "")
    .replaceAll(/<[^>]*>|\s+/gu, " ")
    .trim()
    .slice(0, 300);
}

function textAt(value: object, key: string): string | undefined {
  const found: unknown = (value as Readonly<Record<string, unknown>>)[key];
  if (typeof found === "string") return found;
  if (typeof found !== "object" || found === null) return undefined;
  return textAt(found, "message") ?? JSON.stringify(found);
}

/** Milliseconds that `Retry-After` asks for, in seconds or as a date; `retry-after-ms` is OpenAI's own. */
function retryAfterOf(headers: Headers): number | null {
  const milliseconds = Number(headers.get("retry-after-ms") ?? Number.NaN);
  if (milliseconds >= 0) return milliseconds;
  const value = headers.get("retry-after");
  if (value === null) return null;
  const seconds = Number(value);
  if (seconds >= 0) return seconds * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? null : Math.max(0, date - Date.now());
}
