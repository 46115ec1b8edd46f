"""What transformers makes of prompts, with an adapter merged into its base in fp32; and both as GGUF files in f32.

    python reference.py REQUEST.json       (with finetuning/peft on its path)

The request: {base: file or folder, adapter: folder, llama_cpp: folder of its sources, scratch: folder, chat_template,
prompts: lists of messages, max_tokens, base_gguf, merged_gguf: files to write, answers: file to write}. The answers are
JSON lines: { prompt: tokens, tokens, best: for each token the likeliest ones with their logits }.
"""

import json
import pathlib
import sys

import peft
import torch

import base
import gguf_files
from merge import exact

# A token that llama.cpp prefers to the likeliest one is among these, unless something is quite wrong.
LIKELIEST = 50
# What llama.cpp takes for the end of an answer, beside the tokenizer's own.
ENDS = ("<|im_end|>", "<|endoftext|>", "<|eot_id|>", "<end_of_turn>", "</s>")


def main(request: dict) -> None:
    place, scratch = pathlib.Path(request["base"]), pathlib.Path(request["scratch"])
    llama_cpp = pathlib.Path(request["llama_cpp"])
    tokenizer = base.load_tokenizer(place)
    tokenizer.chat_template = request["chat_template"]
    model = base.load_model(place, exact)
    save(model, tokenizer, scratch / "base")
    gguf_files.convert_model(llama_cpp, "", scratch / "base", "f32", pathlib.Path(request["base_gguf"]))
    merged = peft.PeftModel.from_pretrained(model, request["adapter"]).merge_and_unload().eval()
    save(merged, tokenizer, scratch / "merged")
    gguf_files.convert_model(llama_cpp, "", scratch / "merged", "f32", pathlib.Path(request["merged_gguf"]))
    with open(request["answers"], "w", encoding="utf-8") as file:
        for messages in request["prompts"]:
            file.write(json.dumps(answer(merged, tokenizer, messages, request["max_tokens"])) + "\n")


def save(model, tokenizer, folder: pathlib.Path) -> None:
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


@torch.no_grad()
def answer(model, tokenizer, messages: list[dict], max_tokens: int) -> dict:
    """The greedy answer, up to the token that ends it, which is left out."""
    vocabulary = tokenizer.get_vocab()
    ends = {tokenizer.eos_token_id, *(vocabulary[end] for end in ENDS if end in vocabulary)}
    prompt = tokenizer.apply_chat_template(messages, add_generation_prompt=True, return_dict=False)
    tokens, best = [], []
    state = None
    unread = torch.tensor([prompt])
    while len(tokens) < max_tokens:
        out = model(input_ids=unread, past_key_values=state, use_cache=True)
        state = out.past_key_values
        values, places = out.logits[0, -1].float().topk(LIKELIEST)
        best.append([[token, logit] for token, logit in zip(places.tolist(), values.tolist())])
        token = places[0].item()
        if token in ends:
            break
        tokens.append(token)
        unread = torch.tensor([[token]])
    return {
        "prompt": prompt,
        "tokens": tokens,
        "text": tokenizer.decode(tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False),
        "best": best,
    }


if __name__ == "__main__":
    main(json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8")))
