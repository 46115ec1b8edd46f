import { addTo } from "../../../pipeline/system/group-by.js";
import type { ShownFile, Target } from "../lib/records.js";
import type { SourceFile } from "../../../pipeline/contract/records.js";
import { placeOf } from "../lib/imports.js";
import { withoutBodies } from "../lib/without-bodies.js";
import { parseModule } from "../lib/parse-module.js";
import type { ProjectModules } from "../lib/project-modules.js";
import { withoutDoctests } from "../lib/prompt-code.js";
import { askedAbout, type Block } from "./block.js";
import type { Budget } from "./budget.js";
import { partsOf } from "./parts.js";
import { type Signature, signaturesIn } from "./signatures.js";

interface Rules {
  readonly budget: Budget;
  readonly modules: ProjectModules;
  /** Most targets of a block. */
  readonly most: number;
  readonly show: "source" | "signature";
}

/** What is shown of a file, from all to the least that is of use. */
const levels = [
  { extent: "whole", signatures: true },
  { extent: "parts", helpers: "whole", signatures: true },
  { extent: "parts", helpers: "whole", signatures: false },
  { extent: "parts", helpers: "signatures", signatures: false },
] as const;
/** Targets of a file stay together as long as each is shown with what it needs. */
const lastForTogether = 1;

/**
 * The targets of one file as blocks that fit into a question: all in one where that can be, else as many as fit, in the
 * order of the file, with a class and its methods in one block where they fit. `tooLong` is told of targets that fit
 * into none, with the tokens of the least question about them.
 */
export async function blocksOf(
  targets: readonly Target[],
  file: SourceFile,
  rules: Rules,
  tooLong: (target: Target, tokens: number) => void,
): Promise<Block[]> {
  const views = new ViewsOfFile(file, rules);
  const together = targets.length <= rules.most ? await views.fit(targets, lastForTogether) : null;
  if (together !== null) return [together.block];

  const blocks: Fitting[] = [];
  for (const piece of await piecesOf(targets, views, rules)) {
    const before = blocks.at(-1);
    const joined =
      before === undefined || before.block.targets.length + piece.length > rules.most
        ? null
        : await views.fit([...before.block.targets, ...piece], before.level);
    const alone = joined ?? (await views.fit(piece, levels.length - 1));
    if (joined !== null) blocks.pop();
    if (alone !== null) blocks.push(alone);
    else for (const target of piece) tooLong(target, await views.leastTokens(piece));
  }
  return blocks.map(({ block }) => block);
}

/** A class with its methods; in single targets where that is too much. */
async function piecesOf(targets: readonly Target[], views: ViewsOfFile, { most }: Rules): Promise<Target[][]> {
  const groups = new Map<string, Target[]>();
  for (const target of targets) {
    const key = target.targetKind === "route" ? target.id : (target.qualifiedName.split(".", 1)[0] ?? "");
    addTo(groups, key, target);
  }
  const pieces = await Promise.all(
    [...groups.values()].map(async (group) =>
      group.length <= most && (await views.fit(group, lastForTogether)) !== null
        ? [group]
        : group.map((target) => [target]),
    ),
  );
  return pieces.flat();
}

interface Fitting {
  readonly block: Block;
  /** Position among the levels. */
  readonly level: number;
}

/** A file as questions show it. */
class ViewsOfFile {
  readonly #parsed;
  readonly #signatures = new Map<string, Promise<Signature[]>>();

  constructor(
    private readonly file: SourceFile,
    private readonly rules: Rules,
  ) {
    this.#parsed = parseModule(file.text).module;
  }

  /** The fullest view of these targets that fits, down to this level; null where none does. */
  async fit(targets: readonly Target[], lastLevel: number): Promise<Fitting | null> {
    for (let level = 0; level <= lastLevel; level += 1) {
      const block = await this.#block(targets, level);
      if ((await this.#tokens(block)) <= this.rules.budget.room) return { block, level };
    }
    return null;
  }

  /** Tokens of the shortest question about them. */
  async leastTokens(targets: readonly Target[]): Promise<number> {
    return await this.#tokens(await this.#block(targets, levels.length - 1));
  }

  async #tokens(block: Block): Promise<number> {
    return await this.rules.budget.tokensOf(askedAbout([block]));
  }

  async #block(targets: readonly Target[], level: number): Promise<Block> {
    const { source, module } = this.file;
    const { extent, ...how } = levels[level] ?? levels[0];
    const code =
      extent === "whole" || !("helpers" in how)
        ? withoutDoctests(this.#parsed.text)
        : partsOf(this.#parsed, targets, how);
    const shown: ShownFile = {
      path: source?.path ?? "",
      module: module ?? "",
      extent,
      text: this.rules.show === "source" ? code : withoutBodies(code),
    };
    return { targets, file: shown, signatures: how.signatures ? await this.#signaturesIn(code) : [] };
  }

  /** Many blocks show the same code. */
  async #signaturesIn(code: string): Promise<Signature[]> {
    const found = this.#signatures.get(code) ?? signaturesIn(code, placeOf(this.file), this.rules.modules);
    this.#signatures.set(code, found);
    return await found;
  }
}
