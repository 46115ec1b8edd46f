import { PipelineError } from "../system/errors.js";
import type { AnyService, ServiceNeed } from "../contract/service.js";
import type { Facts, Need, Stage } from "../contract/stage.js";
import type { Reach } from "./connect.js";
import type { PartitionTask } from "./protocol.js";

const facts: readonly (keyof Facts)[] = ["pipeline", "pipelineName"];

/** The services among what a stage asks for. */
export function servicesNeeded(needs: readonly Need[]): ServiceNeed[] {
  return needs.filter((need): need is ServiceNeed => !facts.includes(need as keyof Facts));
}

/**
 * What a stage asks for in `needs`, as properties of its context. A stage that uses what it did not ask for would
 * escape the fingerprint: it is told so.
 */
export function neededOf(
  { name, needs = [] }: Pick<Stage, "name" | "needs">,
  task: Pick<PartitionTask, "facts">,
  services: readonly AnyService[],
  reach: Reach,
): PropertyDescriptorMap {
  const own = needs.filter((need) => typeof need !== "string");
  const asked = new Set<string>(needs.map((need) => (typeof need === "string" ? need : need.name)));
  const property = (key: string, make: () => unknown): [string, PropertyDescriptor] => {
    let made: { readonly value: unknown } | undefined;
    return [
      key,
      {
        enumerable: true,
        get: () => {
          if (!asked.has(key)) throw notAskedFor(key, name);
          made ??= { value: make() };
          return made.value;
        },
      },
    ];
  };
  return Object.fromEntries([
    ...facts.map((fact) => property(fact, () => task.facts[fact])),
    ...[...services, ...own].map((service) => property(service.name, () => reach.service(service))),
  ]);
}

function notAskedFor(key: string, stage: string): PipelineError {
  return new PipelineError(`stage "${stage}" uses context.${key}, which it does not ask for`, {
    code: "stage",
    hint: `add "${key}" to its needs`,
  });
}
