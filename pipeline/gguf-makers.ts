import { folderAsGguf } from "../finetuning/folder-gguf.js";
import { quantizedGguf } from "../finetuning/quantized-gguf.js";
import type { GgufMakers } from "./models/weights/gguf-of.js";

/** What makes the GGUF file that is loaded, of a folder in the form of transformers or in another number format. */
export const ggufMakers: GgufMakers = { convertFolder: folderAsGguf, quantize: quantizedGguf };
