import { addTo } from "../../../pipeline/system/group-by.js";
import type { Target } from "../lib/records.js";
import { withoutBodies } from "../lib/without-bodies.js";
import type { Definition, PythonModule, Statement } from "../lib/module.js";
import { withoutDoctests } from "../lib/prompt-code.js";
import { dedentedSource } from "../lib/source-text.js";

/**
 * The parts of a file that some of its definitions need: they themselves, the other statements of the module that they
 * use, and so on, in the order of the file. A class of which methods alone are wanted keeps its signatures.
 * @param helpers whether what they use is shown whole, or by its signatures, without what that uses in turn
 */
export function partsOf(
  module: PythonModule,
  targets: readonly Pick<Target, "qualifiedName">[],
  { helpers }: { readonly helpers: "whole" | "signatures" },
): string {
  const wanted = targets.flatMap(
    ({ qualifiedName }) =>
      module.definitions.findLast((definition) => definition.qualifiedName === qualifiedName) ?? [],
  );
  const own = new Set(wanted.map(({ statement }) => statement));
  const positions = statementsFor(module, wanted, own, helpers === "whole");
  const texts = [...positions]
    .toSorted((a, b) => a - b)
    .flatMap((position) => {
      const statement = module.statements[position];
      return statement === undefined
        ? []
        : [
            {
              statement,
              text: textOf(
                statement,
                module,
                wanted.filter((definition) => definition.statement === position),
                helpers,
              ),
            },
          ];
    });
  return texts
    .map(({ statement, text }, index) => `${index === 0 ? "" : gap(texts[index - 1]?.statement, statement)}${text}`)
    .join("");
}

/** Positions of the statements that hold the definitions, or supply a name that they use. */
function statementsFor(
  module: PythonModule,
  wanted: readonly Definition[],
  own: ReadonlySet<number>,
  follows: boolean,
): ReadonlySet<number> {
  const positions = new Set(own);
  const suppliers = suppliersIn(module);
  const queue = wanted.flatMap((definition) => [...needsOf(definition, module)]);
  const seen = new Set<string>();
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    for (const position of suppliers.get(name) ?? []) {
      const statement = module.statements[position];
      if (positions.has(position) || statement === undefined) continue;
      positions.add(position);
      if (follows && statement.imports.length === 0) queue.push(...statement.needs);
    }
  }
  return positions;
}

/** The positions of the statements that bind a name, or change what it stands for. */
function suppliersIn({ statements }: PythonModule): ReadonlyMap<string, readonly number[]> {
  const suppliers = new Map<string, number[]>();
  for (const [position, { binds, changes }] of statements.entries()) {
    for (const name of new Set([...binds, ...changes])) addTo(suppliers, name, position);
  }
  return suppliers;
}

/** Of a method, with what its class is made with: bases, decorators, fields, special methods. */
function needsOf(definition: Definition, { definitions }: PythonModule): readonly string[] {
  if (definition.parent === null) return [...definition.needs];
  const special = definitions.filter(({ parent, name }) => parent === definition.parent && isSpecial(name));
  return [definition, ...special].flatMap(({ needs }) => [...needs]).concat([...definition.parent.ownNeeds]);
}

function textOf(
  { node }: Statement,
  { text }: PythonModule,
  wanted: readonly Definition[],
  helpers: "whole" | "signatures",
): string {
  const source = withoutDoctests(dedentedSource(text, node));
  if (wanted.length === 0) return helpers === "whole" ? source : withoutBodies(source);
  if (wanted.some(({ parent }) => parent === null)) return source;
  const special = [...source.matchAll(/\bdef\s+(__\w+__)/gu)].map(([, name = ""]) => name);
  return withoutBodies(source, new Set([...special, ...wanted.map(({ name }) => name)]));
}

function isSpecial(name: string): boolean {
  return /^__\w+__$/u.test(name);
}

/** Two blank lines around definitions, as people write them. */
function gap(before: Statement | undefined, after: Statement): string {
  return before?.hasDefinition === true || after.hasDefinition ? "\n\n\n" : "\n";
}
