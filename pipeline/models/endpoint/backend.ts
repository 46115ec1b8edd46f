import { defineBackend } from "../backend.js";
import { isAble, mayBeAble } from "./abilities.js";
import { isAddress } from "./address.js";
import { createEndpointModel } from "./endpoint.js";
import { type EndpointModel, resolveEndpoint } from "./resolve.js";

/** A model that a server with OpenAI's interface answers for: vLLM, llama-server, Ollama, LM Studio, MLX. */
export const endpoint = defineBackend<EndpointModel>({
  name: "endpoint",
  recognises: isAddress,
  can: ({ endpoint = {} }) => mayBeAble(endpoint),
  lacks: async (model, can) => can.filter((capability) => !isAble(model).includes(capability)),
  resolve: resolveEndpoint,
  fetch: async ({ url }) => url,
  isHere: async () => true,
  // How tokens are counted decides what a step makes of them, and no answer.
  shape: ({ tokenizer }) => (tokenizer === null ? null : { tokenizer }),
  open: createEndpointModel,
});
