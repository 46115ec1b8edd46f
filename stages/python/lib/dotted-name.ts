/** fastapi.applications.FastAPI: FastAPI. */
export function lastName(dotted: string): string {
  return dotted.slice(dotted.lastIndexOf(".") + 1);
}
