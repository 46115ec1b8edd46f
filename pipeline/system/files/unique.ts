import { randomBytes } from "node:crypto";

/** A name that no other process has, on this machine or on another: 20 hexadecimal digits. */
export function uniqueName(): string {
  return randomBytes(10).toString("hex");
}

/** Whether a name is `<before>.<unique name>`. */
export function isUniqueNameOf(before: string, name: string): boolean {
  return name.startsWith(`${before}.`) && /^[0-9a-f]{20}$/u.test(name.slice(before.length + 1));
}
