import { describe, expect, it } from "vitest";
import { askEndpoint, noticesOf } from "./asked-endpoint.js";
import { type OpenAiServer, sendJson, startOpenAiServer, streamAnswer } from "./openai-server.js";

const hello = [{ role: "user", content: "hello there" }] as const;

describe("an answer", () => {
  it("comes as a stream, with what it took, and once for what is asked twice", async () => {
    const server = await startOpenAiServer();
    const { model, close, context } = await askEndpoint(server, { price: { prompt: 1000, generated: 2000 } });
    const pieces: string[] = [];
    expect(await model.generate({ prompt: hello }, { onToken: (piece) => pieces.push(piece) })).toMatchObject({
      text: "You said: hello there",
      message: { role: "assistant", content: "You said: hello there" },
      finish: "stop",
      tokens: { prompt: 10, generated: 4 },
      remembered: false,
    });
    expect(pieces.join("")).toBe("You said: hello there");
    expect(await model.generate({ prompt: hello })).toMatchObject({ text: "You said: hello there", remembered: true });
    expect(server.requests.map(({ body }) => body)).toEqual([
      {
        model: "small",
        messages: [{ role: "user", content: "hello there" }],
        max_tokens: 512,
        temperature: 0,
        seed: 0,
        stream: true,
        stream_options: { include_usage: true },
      },
    ]);
    await close();
    expect(noticesOf(context)).toEqual(["teacher: 1 request, 10 tokens read, 4 written, 0.0180 USD"]);
  });

  it("goes on with a text, and with what it is made to begin with", async () => {
    const server = await startOpenAiServer();
    const { model } = await askEndpoint(server);
    expect(await model.generate({ prompt: "def add(", prefill: "a, b", maxTokens: 2 })).toMatchObject({
      text: "a, bYou said:",
      finish: "length",
    });
    expect(server.requests[0]).toMatchObject({ path: "/v1/completions", body: { prompt: "def add(a, b" } });
    await model.generate({ prompt: hello, prefill: "Well," });
    expect(server.requests[1]?.body).toMatchObject({
      messages: [hello[0], { role: "assistant", content: "Well," }],
      continue_final_message: true,
      add_generation_prompt: false,
    });
  });

  it("has thoughts and calls apart, put together from pieces as servers write them", async () => {
    const server = await startOpenAiServer({
      before: (_request, response) => {
        const deltas = [
          { role: "assistant", content: "", reasoning_content: "It wants " },
          { reasoning_content: "the weather." },
          { tool_calls: [{ index: 0, id: "a", type: "function", function: { name: "weather", arguments: "" } }] },
          // llama.cpp repeats the name with each piece
          { tool_calls: [{ index: 0, function: { name: "weather", arguments: '{"city"' } }] },
          { tool_calls: [{ index: 0, function: { arguments: ':"Bern"}' } }] },
        ];
        response.writeHead(200, { "content-type": "text/event-stream" });
        for (const delta of deltas) response.write(`data: ${JSON.stringify({ choices: [{ index: 0, delta }] })}\n\n`);
        response.end('data: {"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}\n\ndata: [DONE]\n\n');
        return true;
      },
    });
    const { model } = await askEndpoint(server);
    const tools = [{ name: "weather", description: "Tells the weather" }];
    const answer = await model.generate({
      prompt: [{ role: "system", content: "Help.", tools }, ...hello],
    });
    expect(answer).toMatchObject({
      text: "<think>\nIt wants the weather.\n</think>\n\n",
      message: {
        role: "assistant",
        thinking: "It wants the weather.",
        toolCalls: [{ id: "a", name: "weather", arguments: '{"city":"Bern"}' }],
      },
      finish: "stop",
    });
    expect(server.requests[0]?.body["tools"]).toEqual([
      { type: "function", function: { ...tools[0], parameters: { type: "object", properties: {} } } },
    ]);
  });

  it("comes whole from a server that does not stream", async () => {
    const server = await startOpenAiServer({
      before: (_request, response) => {
        const message = { role: "assistant", content: "whole" };
        sendJson(response, 200, {
          choices: [{ message, finish_reason: "stop" }],
          usage: { prompt_tokens: 3, completion_tokens: 1 },
        });
        return true;
      },
    });
    const { model } = await askEndpoint(server);
    expect(await model.generate({ prompt: hello })).toMatchObject({
      text: "whole",
      tokens: { prompt: 3, generated: 1 },
    });
  });

  it("is held to a JSON schema by the server, and left as failed where that makes nothing of it", async () => {
    const server = await startOpenAiServer({ answer: () => '{"a": 1}' });
    const { model } = await askEndpoint(server);
    const schema = { type: "object", properties: { a: { type: "integer" } }, uniqueItems: true };
    expect(await model.generate({ prompt: hello, schema })).toMatchObject({ text: '{"a": 1}' });
    expect(server.requests[0]?.body).toMatchObject({
      response_format: { type: "json_schema", json_schema: { name: "answer", strict: true, schema } },
    });
    expect(await model.generate({ prompt: hello, schema })).toMatchObject({ remembered: true });
    expect(await model.generate({ prompt: hello })).toMatchObject({ remembered: false });
    server.answer = () => "No idea.";
    await expect(model.generate({ prompt: hello, schema: true })).rejects.toMatchObject({
      code: "unanswered",
      message: expect.stringContaining("did not hold its answer to the JSON schema"),
    });
    const { model: other } = await askEndpoint(server, { server: "mlx" });
    await expect(other.generate({ prompt: hello, schema })).rejects.toThrow("is not known to take a JSON schema");
  });

  it("is stopped with who asked for it: the server's work ends at once", async () => {
    let gone: Promise<void> | undefined;
    const stop = new AbortController();
    const server = await startOpenAiServer({
      before: async (request, response) => {
        response.writeHead(200, { "content-type": "text/event-stream" });
        response.write('data: {"choices":[{"index":0,"delta":{"content":"slow"}}]}\n\n');
        gone = new Promise((resolve) => {
          request.gone.addEventListener("abort", () => resolve());
        });
        stop.abort();
        await gone;
        return true;
      },
    });
    const { model } = await askEndpoint(server);
    await expect(model.generate({ prompt: hello }, { signal: stop.signal })).rejects.toMatchObject({
      code: "interrupted",
    });
    await gone;
  });
});

describe("a server that breaks", () => {
  const faults: Readonly<Record<string, OpenAiServer["before"]>> = {
    "refuses for a while": (_request, response) => {
      sendJson(response, 429, { error: { message: "slow down" } }, { "retry-after": "0" });
      return true;
    },
    "has an error": (_request, response) => {
      sendJson(response, 500, { error: { message: "CUDA out of memory" } });
      return true;
    },
    "loads its model": (_request, response) => {
      sendJson(response, 503, { error: { message: "Loading model", code: 503 } });
      return true;
    },
    "has freed its model": (_request, response) => {
      sendJson(response, 400, { error: "Model unloaded." });
      return true;
    },
    hangs: async ({ gone }) => {
      await new Promise((resolve) => {
        gone.addEventListener("abort", resolve);
      });
      return true;
    },
    "ends in the middle of a stream": (request, response) => {
      streamAnswer(response, request, "half an answer", { words: 2, isWhole: false });
      return true;
    },
    "ends a stream before the answer": (_request, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.end('data: {"choices":[{"index":0,"delta":{"content":"half"}}]}\n\n');
      return true;
    },
    "writes no JSON": (_request, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" }).end('data: {"choices": [\n\n');
      return true;
    },
    "answers with a page": (_request, response) => {
      response.writeHead(200, { "content-type": "text/html" }).end("<html>It works!</html>");
      return true;
    },
    "tells of an error in the stream": (_request, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.end('data: {"error": {"message": "engine died", "code": 500}}\n\n');
      return true;
    },
    "sends a byte now and then": async ({ gone }, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write('data: {"choices":[{"index":0,"delta":{"content":"a"}}]}\n\n');
      const timer = setInterval(() => response.write(" "), 20);
      await new Promise((resolve) => {
        gone.addEventListener("abort", resolve);
      });
      clearInterval(timer);
      return true;
    },
    "hangs up": (_request, response) => {
      response.destroy();
      return true;
    },
  };

  it.each(Object.entries(faults))("%s: is asked again", async (_name, fault) => {
    let left = 2;
    const server = await startOpenAiServer({
      before: async (request, response) => (left-- > 0 ? await fault(request, response) : false),
    });
    const { model } = await askEndpoint(server, { timeouts: { first: 0.3, between: 0.3 } });
    expect(await model.generate({ prompt: hello })).toMatchObject({ text: "You said: hello there" });
    expect(server.requests).toHaveLength(3);
  });
});
