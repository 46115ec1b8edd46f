"""Writes expected.json: what openai-harmony makes of the conversations in conversations.json.

    pip install openai-harmony==0.0.8          # in an environment of its own
    python render.py                           # fetches o200k_base.tiktoken, or takes it from the folder
                                               # that TIKTOKEN_ENCODINGS_BASE names

asked     the conversation without its last answer, as a model is asked with it
trained   that, and the last answer as a model is trained to write it
"""

import json
import pathlib

import openai_harmony as harmony

FOLDER = pathlib.Path(__file__).parent
ENCODING = harmony.load_harmony_encoding(harmony.HarmonyEncodingName.HARMONY_GPT_OSS)
EFFORTS = {
    "low": harmony.ReasoningEffort.LOW,
    "medium": harmony.ReasoningEffort.MEDIUM,
    "high": harmony.ReasoningEffort.HIGH,
}


def main() -> None:
    conversations = json.loads((FOLDER / "conversations.json").read_text(encoding="utf-8"))
    expected = {each["name"]: rendered(each["messages"], each.get("settings", {})) for each in conversations}
    (FOLDER / "expected.json").write_text(json.dumps(expected, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def rendered(messages: list[dict], settings: dict) -> dict[str, str]:
    *before, answer = messages
    asked = harmony.Conversation.from_messages(
        [system(settings), *(part for message in before for part in parts(message))]
    )
    prompt = ENCODING.render_conversation_for_completion(asked, harmony.Role.ASSISTANT)
    # An answer by itself, with all that was thought for it: `prompt` ends with its opening, which it repeats.
    keep = harmony.RenderConversationConfig(auto_drop_analysis=False)
    last = ENCODING.render_conversation_for_training(harmony.Conversation.from_messages(parts(answer)), config=keep)
    return {"asked": ENCODING.decode(prompt), "trained": ENCODING.decode(prompt[:-2] + last)}


def system(settings: dict) -> harmony.Message:
    content = harmony.SystemContent.new().with_reasoning_effort(EFFORTS[settings.get("reasoning", "medium")])
    if "date" in settings:
        content = content.with_conversation_start_date(settings["date"])
    return harmony.Message.from_role_and_content(harmony.Role.SYSTEM, content)


def parts(message: dict) -> list[harmony.Message]:
    role, content = message["role"], message["content"]
    if role in ("system", "developer"):
        developer = harmony.DeveloperContent.new()
        if content:
            developer = developer.with_instructions(content)
        if "tools" in message:
            developer = developer.with_function_tools(
                [
                    harmony.ToolDescription.new(tool["name"], tool["description"], parameters=tool.get("parameters"))
                    for tool in message["tools"]
                ]
            )
        return [harmony.Message.from_role_and_content(harmony.Role.DEVELOPER, developer)]
    if role == "user":
        return [harmony.Message.from_role_and_content(harmony.Role.USER, content)]
    if role == "tool":
        author = harmony.Author.new(harmony.Role.TOOL, f"functions.{message['name']}")
        return [
            harmony.Message.from_author_and_content(author, content)
            .with_recipient("assistant")
            .with_channel("commentary")
        ]
    said = []
    if message.get("thinking"):
        said.append(said_in("analysis", message["thinking"]))
    calls = message.get("toolCalls", [])
    if content or not calls:
        said.append(said_in("commentary" if calls else "final", content))
    for call in calls:
        called = said_in("commentary", call["arguments"]).with_recipient(f"functions.{call['name']}")
        said.append(called.with_content_type("<|constrain|>json"))
    return said


def said_in(channel: str, content: str) -> harmony.Message:
    return harmony.Message.from_role_and_content(harmony.Role.ASSISTANT, content).with_channel(channel)


if __name__ == "__main__":
    main()
