import { packageVersion } from "../../system/package-version.js";

/** Name and version of what renders chat templates (chat-formats/jinja.ts): another one may render other texts. */
export function templateRenderer(): string {
  return packageVersion("@huggingface/jinja");
}
