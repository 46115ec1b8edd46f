import { addTo } from "../system/group-by.js";
import type { SettledExpectation } from "../contract/expectation.js";
import { type ByField, steadyFields } from "./steady-fields.js";
import type { Observed } from "./protocol.js";

/** What another interpreter saw of the same tests: what it could not run says nothing. */
export interface SeenElsewhere {
  /** 3.12.1 */
  readonly python: string;
  readonly observed: readonly Observed[];
}

/**
 * What the runs say together of each expectation that the first one came to, in its order. An answer counts where every
 * run gives it, each time.
 */
export function settle(runs: readonly (readonly Observed[])[], elsewhere: SeenElsewhere | null): SettledExpectation[] {
  const [first, ...others] = runs.map(byPlace);
  if (first === undefined) return [];
  const other = byPlace(elsewhere?.observed ?? []);
  const settled = [...first].flatMap(([key, seen]): Settled[] => {
    const [shown] = seen;
    if (shown === undefined) return [];
    const { claim, test, asked, expected, removals } = shown;
    const about = { test, asked, expected };
    const everywhere = [first, ...others].map((run) => run.get(key) ?? []);
    const elsewhereSeen = (other.get(key) ?? []).filter(({ outcome }) => outcome !== "open");
    /** Without a value of the whole: what can be said of its fields. */
    const unsettled = (reason: string): Settled[] => {
      const steady: ByField | null = everywhere.some((run) => run.length === 0)
        ? null
        : steadyFields([...everywhere.flat(), ...elsewhereSeen]);
      return [
        {
          claim,
          removals,
          expectation:
            steady === null ? { ...about, type: "open", reason, cut: null } : { ...about, type: "wrong", ...steady },
        },
      ];
    };
    if (seen.every(({ outcome }) => outcome === "right"))
      return [{ claim, removals, expectation: { ...about, type: "right" } }];
    const open = seen.find(({ outcome }) => outcome === "open");
    if (open !== undefined) return unsettled(open.reason ?? "it cannot be seen");
    const answers = new Set(everywhere.flatMap((run) => (run.length === 0 ? ["not reached"] : run.map(answer))));
    if (answers.size > 1) return unsettled(whyDifferent(key, [first, ...others]));
    if (elsewhereSeen.some((each) => !answers.has(answer(each))))
      return unsettled(`under Python ${elsewhere?.python} the code answers something else`);
    const { answered, edits, imports } = shown;
    return [{ claim, removals, expectation: { ...about, type: "wrong", answered, moving: [], edits, imports } }];
  });
  return withCuts(settled);
}

interface Settled {
  readonly claim: number;
  readonly removals: Observed["removals"];
  readonly expectation: SettledExpectation;
}

/** Nothing is cut out of a test of which no other expectation holds, or may hold where it was not reached yet. */
function withCuts(settled: readonly Settled[]): SettledExpectation[] {
  const held = new Set(settled.filter(({ expectation }) => expectation.type !== "open").map(({ claim }) => claim));
  const open = new Set(settled.map(({ claim }) => claim).filter((claim) => !held.has(claim)));
  return settled.map(({ claim, removals, expectation }) => {
    if (expectation.type !== "open") return expectation;
    const removal = removals.find(({ row, left }) => !(row && open.has(claim)) && left.some((each) => !open.has(each)));
    return { ...expectation, cut: removal?.edits ?? null };
  });
}

type Run = ReadonlyMap<string, readonly Observed[]>;

function byPlace(observed: readonly Observed[]): Map<string, Observed[]> {
  const found = new Map<string, Observed[]>();
  for (const each of observed) addTo(found, JSON.stringify([each.claim, each.place]), each);
  return found;
}

/** What has to be equal for an answer to be the same. */
function answer({ outcome, answered, edits, imports }: Observed): string {
  return JSON.stringify([outcome, answered, edits, imports]);
}

function whyDifferent(key: string, [first, again, moved]: readonly Run[]): string {
  const [one = "", two = "", three = ""] = [first, again, moved].map((run) =>
    [...new Set(run?.get(key)?.map(answer) ?? [])].join("\n"),
  );
  if (two.includes("\n") || one.includes("\n"))
    return "the code answers something else the second time, or after another test";
  if (one === two && two !== three)
    return "the code answers something else on another day, in another place or under another hash seed";
  return "the code does not answer the same in every run";
}
