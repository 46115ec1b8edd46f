import { createHash, timingSafeEqual } from "node:crypto";
import { isLoopback } from "../system/loopback.js";
import { ServeError } from "./errors.js";

/** Who may ask. */
export interface Guard {
  /** What a client has to show; null: nothing, which only a server for this machine alone may want. */
  readonly key: string | null;
  /** Pages of which a browser may ask: https://example.com */
  readonly origins: readonly string[];
}

/**
 * Refuses who may not ask. A page of any site can send requests to a server on this machine: without being named, none
 * is answered, and a name that was pointed to this machine by somebody else (DNS rebinding) is none of the server's.
 *
 * @param host what the request calls the server
 * @param isLocal whether the server listens on this machine alone
 */
export function requireAllowed(
  { authorization, origin, host }: Readonly<Record<"authorization" | "origin" | "host", string | undefined>>,
  { key, origins, isLocal }: Guard & { readonly isLocal: boolean },
): void {
  if (origin !== undefined && !origins.includes(origin) && !isLocalPage(origin))
    throw new ServeError(403, "origin_not_allowed", `pages of ${origin} may not ask this server (--origin allows one)`);
  if (isLocal && host !== undefined && !isLoopback(host.replace(/:\d+$/u, "")))
    throw new ServeError(403, "host_not_allowed", `this server is not called ${host}`);
  if (key === null) return;
  const shown = /^Bearer\s+(.+)$/iu.exec(authorization ?? "")?.[1] ?? "";
  if (!isSame(shown, key))
    throw new ServeError(401, "invalid_api_key", "no key, or a wrong one: Authorization: Bearer KEY");
}

/** Compares in a time that tells nothing of where they differ. */
function isSame(one: string, other: string): boolean {
  const [first, second] = [one, other].map((text) => createHash("sha256").update(text).digest());
  return first !== undefined && second !== undefined && timingSafeEqual(first, second);
}

function isLocalPage(origin: string): boolean {
  const url = URL.parse(origin);
  return url !== null && (isLoopback(url.hostname) || url.protocol === "vscode-webview:");
}
