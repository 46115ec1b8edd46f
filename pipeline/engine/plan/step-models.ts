import { join } from "node:path";
import { PipelineError } from "../../system/errors.js";
import { readRecordFiles } from "../../partition/record-file.js";
import { hashValue } from "../../system/hash.js";
import { type ModelSpec, nameOf } from "../../contract/model-spec.js";
import type { Artifact } from "../../contract/records.js";
import { outputFiles, type StepManifest } from "../state/manifest.js";
import type { PlannedModel } from "../../contract/service.js";
import type { Session } from "./session.js";

/**
 * A model that a step of the same pipeline makes, as weights or as an adapter: `step:ID`, or `step:ID/FILE.gguf` where
 * the step makes several. Until the step has run, its fingerprint stands for what it will make.
 */
export interface StepModel extends PlannedModel {
  readonly spec: ModelSpec;
  /** Ids of the steps that make it. */
  readonly madeBy: readonly string[];
}

/** What is known of a step that makes a model. */
export interface Maker {
  readonly step: { readonly id: string };
  readonly identity: string;
  readonly folder: string;
}

/** Whether a step makes any part of the model: it is known by its hash once that step has run. */
export function isStepModel(model: PlannedModel): model is StepModel {
  return "madeBy" in model;
}

/** The model with its hash; null where no step makes any part of it. */
export async function planStepModel(
  spec: ModelSpec,
  before: ReadonlyMap<string, Maker>,
  session: Session,
): Promise<StepModel | null> {
  const {
    source,
    adapter,
    name: _name,
    bytes: _bytes,
    licence: _licence,
    prompt: _prompt,
    form: _form,
    fallback: _fallback,
    about: _about,
    ...rest
  } = spec;
  const parts = [source, adapter].filter((part) => part !== undefined);
  const madeBy = parts.flatMap((part) => placeOf(part)?.step ?? []);
  if (madeBy.length === 0) return null;
  const hashes = await Promise.all(
    parts.map(async (part) => {
      const place = placeOf(part);
      if (place === null) {
        const { sha256, bytes } = spec;
        const own =
          part === source ? { ...(sha256 !== undefined && { sha256 }), ...(bytes !== undefined && { bytes }) } : {};
        return (await session.providers.resolveModel({ source: part, ...own }, session.context)).hash;
      }
      const maker = before.get(place.step);
      if (maker === undefined) {
        throw new PipelineError(
          `no step "${place.step}" before this one makes the model "${nameOf({ source: part })}"`,
          {
            code: "config",
            hint:
              before.size === 0
                ? "no step stands before it"
                : `the steps before it are: ${[...before.keys()].join(", ")}`,
          },
        );
      }
      return hashValue([maker.identity, place.file]);
    }),
  );
  return { hash: hashValue({ parts: hashes, ...rest }), spec, madeBy };
}

/** The model itself, once the steps that make it have run. */
export async function settleStepModel(
  { spec }: StepModel,
  {
    makers,
    finished,
    session,
  }: {
    readonly makers: ReadonlyMap<string, Maker>;
    readonly finished: ReadonlyMap<string, StepManifest>;
    readonly session: Session;
  },
): Promise<PlannedModel> {
  const fileOf = async <T extends ModelSpec["source"]>(part: T): Promise<T | string> => {
    const place = placeOf(part);
    const [maker, manifest] = place === null ? [] : [makers.get(place.step), finished.get(place.step)];
    if (place === null || maker === undefined || manifest === undefined) return part;
    return `file:${join(maker.folder, "output", await pathOf(nameOf({ source: part }), place.file, manifest))}`;
  };
  const source = await fileOf(spec.source);
  return await session.providers.resolveModel(
    { ...spec, source, ...(spec.adapter !== undefined && { adapter: await fileOf(spec.adapter) }) },
    session.context,
  );
}

function placeOf(source: ModelSpec["source"]): { readonly step: string; readonly file: string | null } | null {
  if (typeof source !== "string") return null;
  const [, step, file = null] = /^step:([^/]+)(?:\/(.+))?$/u.exec(source) ?? [];
  return step === undefined ? null : { step, file };
}

/** Path of the GGUF file among what a step made, below its outputs. */
async function pathOf(part: string, file: string | null, manifest: StepManifest): Promise<string> {
  const paths: string[] = [];
  for await (const artifact of readRecordFiles<Artifact>(outputFiles(manifest))) {
    if (artifact.kind === "Artifact" && artifact.path.endsWith(".gguf")) paths.push(artifact.path);
  }
  const found = paths.filter((path) => file === null || path === file || path.endsWith(`/${file}`));
  const [path] = found;
  if (path !== undefined && found.length === 1) return path;
  throw new PipelineError(
    `step "${manifest.step}" made ${found.length === 0 ? "no such" : "more than one"} GGUF file: "${part}"`,
    {
      code: "model",
      hint:
        paths.length === 0
          ? "it made no GGUF file at all"
          : `it made ${paths.join(", ")}: write step:${manifest.step}/FILE.gguf`,
    },
  );
}
