import { PipelineError } from "../../../pipeline/system/errors.js";
import type { GenerateRequest, Generation, Model } from "../../../pipeline/contract/model.js";
import type { Reason } from "../../../pipeline/contract/reasons.js";
import type { Shard, Target } from "../../python/lib/records.js";
import { type AskedAbout, renderShardQuestion } from "../../python/lib/shard-prompt.js";
import type { ProjectModules } from "../../python/lib/project-modules.js";
import { readShardAnswer } from "./shard-answer.js";
import { type TestPrompt } from "../../python/lib/test-prompt.js";

/** The tests that a model wrote for one target of a shard. */
export interface AnsweredTarget {
  readonly target: Target;
  readonly tests: string;
  /** Which attempt they are from, 1 being the first. */
  readonly attempt: number;
  readonly truncated: boolean;
}

/** What all attempts at one shard came to: in the order of its targets. */
export interface Answers {
  readonly answered: readonly AnsweredTarget[];
  readonly unanswered: readonly Target[];
  /** What could not be used of the answers, with the reason. */
  readonly rejected: readonly { readonly part: string; readonly attempt: number; readonly reason: Reason }[];
  /** What was wrong with the last answer as a whole. */
  readonly problems: readonly string[];
}

interface Asking {
  readonly model: Model;
  readonly prompt: TestPrompt;
  readonly modules: ProjectModules;
  /** Most attempts. */
  readonly attempts: number;
  readonly request: Pick<GenerateRequest, "sampling" | "maxTokens">;
}

/** Characters of what an attempt is told of the one before: the room for it in the question is as large. */
const longestProblems = 700;

/**
 * Asks for the tests of a shard, and again for the targets that are without a test then: each time about these alone,
 * with what was wrong with the answer before.
 */
export async function answersFor(
  shard: Shard,
  { model, prompt, modules, attempts, request }: Asking,
): Promise<Answers> {
  const answered: AnsweredTarget[] = [];
  const rejected: Answers["rejected"][number][] = [];
  let [pending, problems, told]: [readonly Target[], readonly string[], readonly string[]] = [shard.targets, [], []];
  for (let attempt = 1; attempt <= attempts && pending.length > 0; attempt += 1) {
    const question = renderShardQuestion(prompt, about(shard, pending), told);
    const answer = await ask(model, { ...request, prompt: question, sample: attempt - 1 }, aboutText(shard, attempt));
    if (typeof answer === "string") {
      problems = [answer];
      break;
    }
    const truncated = answer.finish !== "stop";
    const read = await readShardAnswer(answer.text, { truncated, targets: pending, modules });
    rejected.push(...read.rejected.map((each) => ({ ...each, attempt })));
    answered.push(
      ...pending.flatMap((target) => {
        const tests = read.tests.get(target.id);
        return tests === undefined ? [] : [{ target, tests, attempt, truncated }];
      }),
    );
    pending = pending.filter(({ id }) => !read.tests.has(id));
    ({ problems } = read);
    told = shortened([...problems, ...pending.map((target) => `no usable test of ${nameOf(target)}`)]);
  }
  const order = new Map(shard.targets.map(({ id }, index) => [id, index]));
  return {
    answered: answered.toSorted((a, b) => (order.get(a.target.id) ?? 0) - (order.get(b.target.id) ?? 0)),
    unanswered: pending,
    rejected,
    problems,
  };
}

/** A question about some targets of a shard shows their files alone. */
function about({ suite, files, signatures }: Shard, targets: readonly Target[]): AskedAbout {
  const paths = new Set(targets.map(({ source }) => source?.path));
  return { suite, targets, files: files.filter(({ path }) => paths.has(path)), signatures };
}

/** The answer; why there is none, where the question does not fit into the model's context. */
async function ask(model: Model, request: GenerateRequest, shown: string): Promise<Generation | string> {
  try {
    return await model.generate(request, { about: shown });
  } catch (error) {
    if (error instanceof PipelineError && error.code === "prompt-too-long") return `prompt-too-long: ${error.message}`;
    throw error;
  }
}

function aboutText({ suite, number, targets }: Shard, attempt: number): string {
  return `shard ${suite} ${number}, ${targets.length} targets${attempt === 1 ? "" : `, attempt ${attempt}`}`;
}

function nameOf({ qualifiedName, route }: Target): string {
  return route === undefined ? qualifiedName : `${route.method} ${route.path}`;
}

function shortened(problems: readonly string[]): string[] {
  let left = longestProblems;
  return problems.map((problem) => problem.slice(0, 200)).filter((problem) => (left -= problem.length) >= 0);
}
