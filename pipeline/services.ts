import { finetuning } from "../finetuning/definition.js";
import type { AnyService } from "./contract/service.js";
import { modelService } from "./models/definition.js";
import { sandbox } from "./sandbox/definition.js";
import { sources } from "./sources/definition.js";

/** The services that ship. To add one is one definition and one line here. */
export const services: readonly AnyService[] = [
  sources,
  sandbox,
  modelService(async () => (await import("./gguf-makers.js")).ggufMakers),
  finetuning,
];
