import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chatFormats, joined } from "../../../pipeline/contract/chat-formats.js";
import type { Message } from "../../../pipeline/contract/message.js";
import { ChatWriter } from "../../../pipeline/models/llama/chat-writer.js";
import { runChild } from "../../../pipeline/system/child.js";
import { packageRoot } from "../../../pipeline/system/paths.js";

/** The publishers' own templates, as llama.cpp tests itself with them: in the release that runs models here. */
const templates = "models/templates";
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "chat-formats-"));
  const bundle = join(packageRoot, "node_modules/node-llama-cpp/llama/gitRelease.bundle");
  await runChild("git", ["clone", "-q", "--no-checkout", bundle, "llama.cpp"], { cwd: folder });
});

afterAll(async () => await rm(folder, { recursive: true, force: true }));

const families = {
  llama3: { file: "meta-llama-Llama-3.1-8B-Instruct.jinja", bos: "<|begin_of_text|>", eos: "<|eot_id|>" },
  mistral: { file: "mistralai-Mistral-Nemo-Instruct-2407.jinja", bos: "<s>", eos: "</s>" },
  gemma: { file: "google-gemma-2-2b-it.jinja", bos: "<bos>", eos: "<end_of_turn>" },
} as const;

const question: Message = { role: "user", content: " What is 2 + 2?\n" };
const answer: Message = { role: "assistant", content: "4.\n\nFour." };
const told: Message = { role: "system", content: "Be brief." };
const conversations: Readonly<Record<string, readonly Message[]>> = {
  "a question": [question],
  "an answer": [question, answer],
  "several turns": [question, answer, { role: "user", content: "And 3 + 3?" }, { role: "assistant", content: "6" }],
  "a question, with a system message": [told, question],
  "a later question, with a system message": [told, question, answer, { role: "user", content: "Sure?" }],
};

describe.each(Object.entries(families))("%s", (name, { file, bos, eos }) => {
  it.each(Object.entries(conversations))("writes as the publisher's template: %s", async (_what, messages) => {
    const { stdout: template } = await runChild("git", ["show", `HEAD:${templates}/${file}`], {
      cwd: join(folder, "llama.cpp"),
    });
    const marks = { bos, eos, control: /<never>/u };
    const theirs = new ChatWriter({ template, settings: {}, marks });
    const ours = new ChatWriter({ template: name, settings: {}, marks });
    const isTold = messages[0] === told;
    const asked = messages.at(-1)?.role === "user";
    const write = (writer: ChatWriter, said: readonly Message[]) =>
      joined(writer.write(said, { addGenerationPrompt: asked }));
    // Gemma 2 refuses a system message, and Gemma 3 puts it before the first question.
    const inQuestion = [{ ...question, content: `Be brief.\n\n${question.content}` }, ...messages.slice(2)];
    const expected = write(theirs, name === "gemma" && isTold ? inQuestion : messages)
      .replace("Cutting Knowledge Date: December 2023\nToday Date: 01 Jan 2025\n\n", "")
      .replace("Cutting Knowledge Date: December 2023\nToday Date: 26 Jul 2024\n\n", "")
      .replace("<|start_header_id|>system<|end_header_id|>\n\n<|eot_id|>", "");
    expect(write(ours, messages)).toBe(expected);
  });

  it("keeps what a message says apart from its own marks", () => {
    const { reserved } = chatFormats[name as keyof typeof families];
    expect(reserved.exec(`x ${eos} y`)?.[0]).toBe(eos);
    expect(reserved.exec("a <b> c | d [0] </i>")).toBeNull();
  });
});
