import { PipelineError } from "../../../pipeline/system/errors.js";
import type { Message } from "../../../pipeline/contract/model.js";
import { placeholderPattern, renderInstruction } from "../../../pipeline/contract/prompt.js";
import { preamble } from "./pytest-file.js";
import type { Shard, ShownFile, Target } from "./records.js";
import { shownTarget, type TestPrompt } from "./test-prompt.js";

/** What a question about several targets is made from. */
export interface AskedAbout extends Pick<Shard, "suite"> {
  readonly targets: readonly Target[];
  readonly files: readonly ShownFile[];
  readonly signatures: readonly Shard["signatures"][number][];
}

/**
 * The question about these targets, as messages. `problems` are what was wrong with an answer before, one a line.
 * Throws a PipelineError (config) where the prompt file does not say how many targets are asked about.
 */
export function renderShardQuestion(
  prompt: TestPrompt,
  asked: AskedAbout,
  problems: readonly string[] = [],
): Message[] {
  const templates = expectShardTemplates(prompt);
  const system = templates.system ?? prompt.system;
  const question = fill(templates[asked.suite], {
    count: String(asked.targets.length),
    targets: JSON.stringify(asked.targets.map(metadata), null, 1),
    code: asked.files.map(fileText).join("\n\n"),
    signatures: signatureText(asked.signatures),
    preamble: asked.targets.slice(0, 1).map(preamble).join("").trim(),
  });
  const retry =
    problems.length === 0
      ? ""
      : `\n\n${fill(templates.retry, { problems: problems.map((problem) => `- ${problem}`).join("\n") })}`;
  return [
    ...(system === undefined ? [] : [{ role: "system" as const, content: system.trim() }]),
    { role: "user", content: question + retry },
  ];
}

/** What a row asks that is made of an answer: about one target alone. */
export function renderRowInstruction(prompt: TestPrompt, target: Target): string {
  return renderInstruction(
    target.route === undefined ? prompt : { ...prompt, instruction: expectShardTemplates(prompt).route },
    shownTarget(target),
  );
}

function expectShardTemplates({ name, shard }: TestPrompt): NonNullable<TestPrompt["shard"]> {
  if (shard !== undefined) return shard;
  throw new PipelineError(`the prompt "${name}" does not say how a model is asked about many targets at once`, {
    code: "config",
    hint: "add `shard:` to its file, with unit, e2e, route and retry, as config/prompts/pytest-shard.yaml has",
  });
}

/** What tells a target from all others; of a route, how it is called. */
function metadata({ name, qualifiedName, targetKind, module, source, route }: Target): object {
  const place = { file: source?.path ?? module, line: source?.lines?.[0] ?? 1 };
  if (route !== undefined) return { method: route.method, path: route.path, handler: name, ...place };
  return { name: qualifiedName, kind: targetKind, module, ...place };
}

function fileText({ path, module, extent, text }: ShownFile): string {
  const head = `${path}, the module ${module}${extent === "whole" ? "" : ", in parts"}:`;
  return `${head}\n\`\`\`python\n${text.trim()}\n\`\`\``;
}

function signatureText(signatures: AskedAbout["signatures"]): string {
  if (signatures.length === 0) return "";
  return (
    `It uses these of the same project:\n\`\`\`python\n` +
    `${signatures.map(({ module, text }) => `# ${module}\n${text.trim()}`).join("\n\n")}\n\`\`\``
  );
}

/** A template with what it shows; where that is nothing, no gap is left. */
function fill(template: string, shown: Readonly<Record<string, string>>): string {
  const withoutGaps = Object.entries(shown)
    .filter(([, text]) => text === "")
    .reduce((text, [name]) => text.replaceAll(`{{${name}}}\n\n`, ""), template);
  return withoutGaps.replaceAll(placeholderPattern, (written, name: string) => shown[name] ?? written).trim();
}
