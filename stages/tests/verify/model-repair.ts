import { PipelineError } from "../../../pipeline/system/errors.js";
import type { Message, Model } from "../../../pipeline/contract/model.js";
import { renderFollowUp } from "../../../pipeline/contract/prompt.js";
import { givenNames } from "../../python/lib/pytest-file.js";
import { type Reason, reason } from "../../../pipeline/contract/reasons.js";
import type { ModelRef } from "../../../pipeline/contract/model-ref.js";
import type { Context, Needed } from "../../../pipeline/contract/stage.js";
import { readAnswer } from "../lib/answers/answer.js";
import type { Candidate, InSandbox } from "../lib/candidate.js";
import { editedClaim } from "./claims.js";
import type { Salvaged } from "./salvage.js";
import { TestPrompt } from "../../python/lib/test-prompt.js";

/** Who mends tests, and how it is asked. */
export interface Mender {
  readonly model: Model;
  /** Who wrote a response that it mended: labels, as `generate` gives them. */
  readonly author: { readonly teacher: string; readonly model: string; readonly model_sha256: string };
  readonly system: string | undefined;
  /** The template of a prompt file's `repair`. */
  readonly template: string;
  readonly attempts: number;
}

/** The mender that a step asks for. Throws a PipelineError (config) where its prompt file does not say how. */
export async function menderOf(
  {
    model: ref,
    prompt: file,
    attempts,
  }: { readonly model: ModelRef; readonly prompt: string; readonly attempts: number },
  context: Pick<Context, "prompt"> & Needed<"model">,
): Promise<Mender> {
  const { system, repair: template } = context.prompt(file, TestPrompt);
  if (template === undefined) {
    throw new PipelineError(`${file} does not say how a model is asked to repair tests`, {
      code: "config",
      hint: "add `repair:` to it, with {{failures}} in it, as config/prompts/pytest.yaml has",
    });
  }
  const model = context.model(ref);
  const { name, sha256 } = await model.info();
  return { model, author: { teacher: `model:${name}`, model: ref, model_sha256: sha256 }, system, template, attempts };
}

type Bad = Extract<Salvaged, { type: "bad" }>;

/**
 * Shows a model its tests with how they failed, and runs what it makes of them, as often as it may try. A failing
 * assertion is no mistake of its own to mend: it is not shown as one, and an answer that changes what is asserted of a
 * call is refused.
 *
 * @param failed tests of which none passed
 * @param run runs an answer as it stands
 */
export async function repairByModel(
  candidate: Candidate,
  failed: Bad,
  { model, system, template, attempts }: Mender,
  run: (response: string) => Promise<Salvaged>,
  context: Pick<InSandbox, "reject" | "signal">,
): Promise<Salvaged> {
  const {
    example,
    evidence: { target },
  } = candidate;
  const messages: Message[] = [
    ...(system === undefined ? [] : [{ role: "system" as const, content: system }]),
    { role: "user", content: example.prompt },
  ];
  let [answer, failures] = [failed.response, failuresToMend(failed)];
  for (let attempt = 1; attempt <= attempts && failures !== null && answer.trim() !== ""; attempt += 1) {
    messages.push(
      { role: "assistant", content: answer },
      { role: "user", content: renderFollowUp(template, { failures }) },
    );
    const asked = await ask(model, messages, context.signal);
    answer = asked.text;
    const tried = asked.type === "refused" ? asked : await readAndRun(asked, candidate, run);
    if (tried.type === "good") return { ...tried, repairs: [...tried.repairs, `model:${attempt}`] };
    const why = reason(
      `repaired-in-vain-model-${attempt}`,
      `repaired in vain by the model, attempt ${attempt}: ${tried.reason.text}`,
    );
    context.reject({ target: target.qualifiedName, repair: `model:${attempt}`, response: answer }, example, why);
    failures = tried.type === "bad" ? failuresToMend(tried) : tried.reason.text;
  }
  return failed;
}

/** Most attempts that a step may ask for. */
export const mostAttempts = 5;

/** How tests failed, a line a test, without failing assertions; null where there is nothing else. */
function failuresToMend({ rejected, reason: whole }: Bad): string | null {
  if (rejected.length === 0) return whole.text;
  const others = rejected.filter(({ part }) => part.verdict?.reason !== "wrong-value");
  return others.length === 0
    ? null
    : others.map(({ part, reason: { text } }) => `${part.test ?? "the file"}: ${text}`).join("\n");
}

interface Asked {
  readonly type: "asked";
  readonly text: string;
  readonly truncated: boolean;
}

/** What came to no run. */
interface Refused {
  readonly type: "refused";
  readonly text: string;
  readonly reason: Reason;
}

async function ask(model: Model, prompt: readonly Message[], signal: AbortSignal): Promise<Asked | Refused> {
  try {
    const { text, finish } = await model.generate({ prompt: [...prompt], sampling: { temperature: 0 } }, { signal });
    return { type: "asked", text, truncated: finish !== "stop" };
  } catch (error) {
    if (error instanceof PipelineError && error.code === "prompt-too-long")
      return { type: "refused", text: "", reason: reason("prompt-too-long", `prompt-too-long: ${error.message}`) };
    throw error;
  }
}

async function readAndRun(
  { text, truncated }: Asked,
  { example, evidence: { target } }: Candidate,
  run: (response: string) => Promise<Salvaged>,
): Promise<Salvaged | Refused> {
  const { tests } = readAnswer(text, { truncated, splitAssertions: false, imported: givenNames(target) });
  if (tests === null)
    return { type: "refused", text, reason: reason("no-code", "no-code: there is no test function in the answer") };
  const edited = editedClaim(example.response, tests, target);
  return edited === null
    ? await run(tests)
    : { type: "refused", text, reason: reason("edited-assertion", `edited assertion: ${edited}`) };
}
