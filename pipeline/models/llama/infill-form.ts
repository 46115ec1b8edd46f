import { PipelineError } from "../../system/errors.js";
import type { InfillPrompt } from "./protocol.js";

/** A part of a prompt that asks for a gap to be filled: a token of the vocabulary by its text, or what stays text. */
export type InfillPart = { readonly mark: string } | { readonly text: string };

/** The tokens that a model has for a gap, by their texts. One without a `middle` goes on with what comes before. */
export interface InfillMarks {
  readonly prefix: string;
  readonly suffix: string;
  readonly middle: string | null;
}

/**
 * What a model is asked with to fill a gap, with the files beside it told as its family was trained for that. Throws a
 * PipelineError (stage) where there are files, and its family knows none.
 *
 * @param has whether the vocabulary has a token with this text
 */
export function infillParts(
  { prefix, suffix, path, files = [], repository }: InfillPrompt,
  marks: InfillMarks,
  has: (mark: string) => boolean,
): readonly InfillPart[] {
  const [before, after] = [
    [mark(marks.prefix), text(prefix)],
    [mark(marks.suffix), text(suffix)],
  ] as const;
  const gap = marks.middle === null ? [...after, ...before] : [...before, ...after, mark(marks.middle)];
  if (files.length === 0 && path === undefined && repository === undefined) return gap;
  const family = families.find(({ prefixMark, marks: needed }) => prefixMark === marks.prefix && needed.every(has));
  if (family === undefined) {
    throw new PipelineError("the model was not trained to be told of the files beside a gap, as far as is known", {
      code: "stage",
      hint: "leave out the files, the path and the repository; Qwen's, DeepSeek's and StarCoder's coders take them",
    });
  }
  return family.told({ gap, files, path: path ?? null, repository: repository ?? null });
}

interface Told {
  readonly gap: readonly InfillPart[];
  readonly files: NonNullable<InfillPrompt["files"]>;
  readonly path: string | null;
  readonly repository: string | null;
}

/** Models that were trained alike, told by the token that begins a gap. */
interface Family {
  readonly prefixMark: string;
  /** Tokens that it has beside. */
  readonly marks: readonly string[];
  readonly told: (told: Told) => readonly InfillPart[];
}

const families: readonly Family[] = [
  // Qwen2.5-Coder: https://github.com/QwenLM/Qwen2.5-Coder, "repository level code completion"
  {
    prefixMark: "<|fim_prefix|>",
    marks: ["<|repo_name|>", "<|file_sep|>"],
    told: ({ gap, files, path, repository }) => [
      ...(repository === null ? [] : [mark("<|repo_name|>"), text(`${repository}\n`)]),
      ...files.flatMap((file) => [mark("<|file_sep|>"), text(`${file.path}\n${withLineEnd(file.text)}`)]),
      ...(path === null ? [] : [mark("<|file_sep|>"), text(`${path}\n`)]),
      ...gap,
    ],
  },
  // StarCoder2, whose gap begins before the name of its file: "StarCoder 2 and The Stack v2", section 5.3
  {
    prefixMark: "<fim_prefix>",
    marks: ["<repo_name>", "<file_sep>"],
    told: ({ gap: [begin, ...rest], files, path, repository }) => [
      ...(repository === null ? [] : [mark("<repo_name>"), text(repository)]),
      ...files.flatMap((file) => [mark("<file_sep>"), text(`${file.path}\n${file.text}`)]),
      mark("<file_sep>"),
      ...(begin === undefined ? [] : [begin]),
      ...(path === null ? [] : [text(`${path}\n`)]),
      ...rest,
    ],
  },
  // DeepSeek-Coder has no tokens for files: they stand in one text, each below its name. The project has none.
  {
    prefixMark: "<｜fim▁begin｜>",
    marks: [],
    told: ({ gap: [begin, ...rest], files, path }) => [
      ...(begin === undefined ? [] : [begin]),
      ...files.map((file) => text(`#${file.path}\n${withLineEnd(file.text)}`)),
      ...(path === null ? [] : [text(`#${path}\n`)]),
      ...rest,
    ],
  },
];

function mark(written: string): InfillPart {
  return { mark: written };
}

function text(written: string): InfillPart {
  return { text: written };
}

function withLineEnd(written: string): string {
  return written === "" || written.endsWith("\n") ? written : `${written}\n`;
}
