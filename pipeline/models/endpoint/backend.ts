import { defineBackend } from "../backend.js";
import { isAddress } from "./address.js";
import { dialectOf } from "./dialect.js";
import { createEndpointModel } from "./endpoint.js";
import { type EndpointModel, resolveEndpoint } from "./resolve.js";

/** A model that a server with OpenAI's interface answers for: vLLM, llama-server, Ollama, LM Studio, MLX. */
export const endpoint = defineBackend<EndpointModel>({
  name: "endpoint",
  recognises: isAddress,
  can: ({ endpoint: { server } = {} }) => [
    ...(server === "llama-server" ? (["grammar"] as const) : []),
    ...(dialectOf(server ?? null).schema ? (["schema"] as const) : []),
  ],
  resolve: resolveEndpoint,
  fetch: async ({ url }) => url,
  isHere: async () => true,
  shape: () => null,
  open: createEndpointModel,
});
