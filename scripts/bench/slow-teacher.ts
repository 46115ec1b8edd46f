import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { Turns } from "../../pipeline/models/turns.js";

/** A model that a server of loopback answers for. */
export interface SlowTeacher {
  /** Base of its interface. */
  readonly url: string;
  close(): Promise<void>;
}

/** A server with OpenAI's interface that takes its time: over so many questions at once, the others wait. */
export async function startSlowTeacher({
  places,
  seconds,
  answer,
}: {
  readonly places: number;
  readonly seconds: number;
  readonly answer: (question: string) => string;
}): Promise<SlowTeacher> {
  const turns = new Turns(() => places);
  const server = createServer((request, response) => {
    void (async () => {
      const question = await textOf(request);
      response.setHeader("content-type", "application/json");
      if (request.method === "GET") return response.end(JSON.stringify({ object: "list", data: [{ id: "slow" }] }));
      await turns.take(async () => await wait(seconds * 1000));
      const message = { role: "assistant", content: answer(question) };
      const usage = { prompt_tokens: 200, completion_tokens: 60, total_tokens: 260 };
      return response.end(JSON.stringify({ choices: [{ index: 0, message, finish_reason: "stop" }], usage }));
    })();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text;
}
