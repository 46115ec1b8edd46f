import { fileURLToPath } from "node:url";
import { Packages } from "../../system/code/packages.js";

/** Name and version of what renders chat templates (chat-formats/jinja.ts): another one may render other texts. */
export function templateRenderer(): string {
  return (known ??= `${name} ${installedVersion()}`);
}

let known: string | undefined;

const name = "@huggingface/jinja";

function installedVersion(): string {
  const packages = new Packages();
  const entry = packages.entry(name, "import", fileURLToPath(import.meta.url));
  return (entry === null ? null : packages.of(entry))?.version ?? "of no version";
}
