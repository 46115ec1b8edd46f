import type { Finding } from "./finding.js";

/** Major versions of Node that the tests are run under. */
const tested = [20, 22, 24];
/** The oldest minor version of the oldest of them. */
const oldest = { major: 20, minor: 19 };

/** Whether a version of Node, such as "24.1.0", is one that pipelines run under, and one that is tested. */
export function judgeNode(version: string): Finding {
  const { major, minor } = parsed(version);
  if (major < oldest.major || (major === oldest.major && minor < oldest.minor)) {
    return {
      status: "problem",
      found: `${version}: too old`,
      fix: `install Node ${tested.at(-1)}: https://nodejs.org`,
    };
  }
  if (tested.includes(major)) return { status: "ok", found: `${version}, which is tested` };
  return {
    status: "warning",
    found: `${version}, which is not tested: ${tested.join(", ")} are`,
    fix: `nothing, while it works; otherwise install Node ${tested.at(-1)}`,
  };
}

/** Whether a version of Node loads stages that are written in TypeScript. */
export function judgeTypeScript(version: string): Finding {
  const { major, minor } = parsed(version);
  return major > 22 || (major === 22 && minor >= 18)
    ? { status: "ok", found: "stages of your own may be .ts or .mts files" }
    : {
        status: "absent",
        found: `Node ${version} loads no stage that is written in TypeScript`,
        fix: "install Node 22.18 or newer, or write your stages in JavaScript",
      };
}

function parsed(version: string): { readonly major: number; readonly minor: number } {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return { major, minor };
}
