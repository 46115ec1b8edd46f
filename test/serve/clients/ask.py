"""Asks a server all that it answers, with OpenAI's own client, and prints what came as JSON."""

import json
import sys

import openai
from pydantic import BaseModel


class Greeting(BaseModel):
    word: str
    loud: bool


def text(stream):
    pieces, usage = [], None
    for chunk in stream:
        usage = chunk.usage or usage
        pieces += [choice.delta.content or "" for choice in chunk.choices]
    return "".join(pieces), usage.completion_tokens


def refused(call):
    try:
        call()
    except openai.APIStatusError as error:
        return [type(error).__name__, error.code]


client = openai.OpenAI(base_url=sys.argv[1], api_key="none", max_retries=0)
chat = client.chat.completions.create
asked = {"messages": [{"role": "user", "content": "Say hello."}], "max_tokens": 12}
whole = chat(model="tiny", **asked)
parsed = client.chat.completions.parse(
    model="tiny",
    messages=asked["messages"],
    max_tokens=120,
    response_format=Greeting,
    extra_body={"repeat_penalty": 1.3},
)
tool = {
    "type": "function",
    "function": {
        "name": "wave",
        "parameters": {"type": "object", "properties": {"times": {"enum": [1, 2]}}, "required": ["times"]},
    },
}
calling = {
    "model": "tiny",
    "messages": asked["messages"],
    "max_tokens": 40,
    "tools": [tool],
    "tool_choice": "required",
    "parallel_tool_calls": False,
}
called = chat(**calling)
with client.chat.completions.stream(**calling) as stream:
    streamed = stream.get_final_completion()
print(
    json.dumps(
        {
            "models": sorted(model.id for model in client.models.list()),
            "said": chat(model="said", **asked).choices[0].message.content,
            "whole": [whole.choices[0].message.content, whole.usage.completion_tokens],
            "streamed": text(chat(model="tiny", **asked, stream=True, stream_options={"include_usage": True})),
            "several": len(chat(model="tiny", **asked, n=2, temperature=1, seed=1).choices),
            "parsed": parsed.choices[0].message.parsed and parsed.choices[0].message.parsed.model_dump(),
            "parsed_finish": parsed.choices[0].finish_reason,
            "called": called.choices[0].message.tool_calls[0].function.name,
            "streamed_call": streamed.choices[0].message.tool_calls[0].function.name,
            "finish": called.choices[0].finish_reason,
            "completed": client.completions.create(model="tiny", prompt="def add(", max_tokens=4).choices[0].text != "",
            "embedded": len(client.embeddings.create(model="tiny", input=["a", "b"]).data[1].embedding),
            "unknown": refused(lambda: chat(model="none", **asked)),
            "wrong": refused(lambda: chat(model="said", **{**asked, "temperature": 9})),
            "long": refused(lambda: chat(model="tiny", messages=[{"role": "user", "content": "word " * 9000}])),
            "gap": refused(lambda: client.completions.create(model="tiny", prompt="a", suffix="b")),
        }
    )
)
