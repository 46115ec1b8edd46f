import { AnyPrompt } from "../../pipeline/contract/prompt-type.js";
import { expect, it } from "vitest";
import { z } from "zod";
import { findReferences } from "../../pipeline/engine/config/references.js";
import { fileRef, folderRef, modelRef, ownFileRef, promptRef, sourceRef } from "../../pipeline/contract/reference.js";

it("finds references wherever an option's schema has them", () => {
  const schema = z.strictObject({
    model: modelRef({ can: ["tokens"], may: ["grammar"] }).optional(),
    prompt: promptRef().default("prompts/pytest.yaml"),
    sources: z.array(sourceRef()),
    inner: z.strictObject({ file: fileRef().nullable() }),
    either: z.union([z.number(), fileRef()]),
    plain: z.string(),
  });
  const options = schema.parse({
    model: "teacher",
    sources: ["pypi:a", "folder:b"],
    inner: { file: "c.txt" },
    either: "d.txt",
    plain: "e.txt",
  });
  expect(findReferences(schema, options)).toEqual([
    { path: ["model"], type: "model", value: "teacher", asks: { can: ["tokens"], may: ["grammar"] } },
    { path: ["prompt"], type: "prompt", value: "prompts/pytest.yaml", prompt: AnyPrompt },
    { path: ["sources", 0], type: "source", value: "pypi:a" },
    { path: ["sources", 1], type: "source", value: "folder:b" },
    { path: ["inner", "file"], type: "file", value: "c.txt" },
    { path: ["either"], type: "file", value: "d.txt" },
  ]);
});

it("finds what lies below the folder that another option names", () => {
  const schema = z.strictObject({
    root: z.string().default("."),
    folder: folderRef({ below: "root" }).default("."),
    files: z.array(ownFileRef({ below: "root" })).default([]),
    alone: folderRef().optional(),
  });
  const sourcesOf = (options: object) => findReferences(schema, schema.parse(options)).map(({ value }) => value);
  expect(sourcesOf({ root: "../ahk", folder: "data/scripts", files: ["a.csv", "/b.csv"], alone: "c" })).toEqual([
    "folder:../ahk/data/scripts",
    "file:../ahk/a.csv",
    "file:/b.csv",
    "folder:c",
  ]);
  expect(sourcesOf({})).toEqual(["folder:."]);
});
