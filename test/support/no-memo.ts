import type { Memo } from "../../pipeline/contract/service.js";
import { forgetful } from "../../pipeline/models/forgetful.js";

/** Remembers nothing, so that everything is computed. */
export const noMemo: Memo = forgetful({ signal: new AbortController().signal });
