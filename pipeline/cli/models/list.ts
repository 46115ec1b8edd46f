import type { ModelSpec } from "../../contract/model-spec.js";
import { readCatalogue } from "../../engine/config/catalogue.js";
import { listModels } from "../../models/weights/cache.js";
import { listFound, lyingPath } from "../../models/weights/found/found.js";
import { knownOf } from "../../models/weights/known.js";
import { bytes } from "../../system/byte-size.js";
import { defaultCacheDir } from "../../system/paths.js";
import { table } from "../table.js";
import { print, printJson, screenWidth } from "../terminal.js";

/** A model that can be named, as scripts read it. */
interface ListedModel {
  /** Its short name; null for one that is in the cache alone. */
  readonly name: string | null;
  readonly about: string | null;
  readonly source: ModelSpec["source"];
  readonly sha256: string | null;
  readonly bytes: number | null;
  /** Bytes of memory that it takes to ask it, about. */
  readonly memory: number | null;
  readonly licence: string | null;
  /** Where it lies; null where it would have to be fetched. */
  readonly path: string | null;
}

/** Prints the models that have a short name, and those in the cache; or those that other programs have put here. */
export async function list({ json, found }: { readonly json?: boolean; readonly found?: boolean }): Promise<void> {
  if (found === true) return await listOthers(json === true);
  const models = await listedModels(process.cwd());
  if (json === true) return printJson(models);
  const [named, others] = [models.filter(({ name }) => name !== null), models.filter(({ name }) => name === null)];
  const size = (value: number | null) => (value === null ? "?" : bytes(value));
  print(
    table(
      [
        ["name", "size", "memory", "licence", "here", "good for"],
        ...named.map(({ name, about, bytes: stored, memory, licence, path }) => [
          name ?? "",
          size(stored),
          size(memory),
          licence ?? "not told",
          path === null ? "no" : "yes",
          about ?? "",
        ]),
      ],
      { right: [1, 2], width: screenWidth() },
    ),
  );
  if (others.length > 0)
    print(
      `\nAlso in the cache:\n${table(
        others.map(({ source, bytes: stored, sha256 }) => [
          String(source),
          size(stored),
          `sha256 ${sha256?.slice(0, 12)}…`,
        ]),
        { indent: "  ", right: [1] },
      )}`,
    );
  const count = (await listFound()).length;
  if (count > 0)
    print(
      `\n${count} ${count === 1 ? "model of another program lies" : "models of other programs lie"} here: ` +
        "pipeline models list --found",
    );
}

/** Prints what Ollama, LM Studio and Hugging Face's tools have put on this machine. */
async function listOthers(json: boolean): Promise<void> {
  const found = await listFound();
  if (json) return printJson(found);
  if (found.length === 0) return print("Neither Ollama nor LM Studio nor Hugging Face's tools have put models here.");
  const rows = found.map(({ tool, bytes: size, source }) => [tool, bytes(size), source]);
  print(table([["program", "size", "source"], ...rows], { right: [1] }));
}

/** Those of the catalogue, and then what is in the cache under none of their names. */
async function listedModels(cwd: string): Promise<ListedModel[]> {
  const cached = await listModels(defaultCacheDir());
  const listed = async ([name, spec]: readonly [string, ModelSpec]): Promise<ListedModel> => {
    const { about = null, source, sha256 = null, licence = null } = spec;
    const known = knownOf(spec, cached, cwd);
    const path = known.path ?? (sha256 === null ? null : await lyingPath(sha256));
    return { name, about, source, sha256, licence, ...known, path };
  };
  const named = await Promise.all(Object.entries(await readCatalogue(cwd, cwd)).map(listed));
  const others = cached.filter(({ path }) => !named.some((model) => model.path === path));
  return [
    ...named,
    ...others.map(({ path, source, sha256 }): ListedModel => ({
      name: null,
      about: null,
      source,
      sha256,
      licence: null,
      ...knownOf({ source, sha256 }, cached, cwd),
      path,
    })),
  ];
}
