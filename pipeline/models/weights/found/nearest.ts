import { PipelineError } from "../../../system/errors.js";

/**
 * What lies here before what is elsewhere; where everything is resolved again, what is elsewhere now, as far as it can
 * be reached.
 */
export async function nearestFirst<T>(
  isUpdate: boolean,
  here: () => Promise<T | null>,
  there: () => Promise<T>,
): Promise<T> {
  if (!isUpdate) return (await here()) ?? (await there());
  try {
    return await there();
  } catch (error) {
    const own = error instanceof PipelineError && error.code === "download" ? await here() : null;
    if (own === null) throw error;
    return own;
  }
}
