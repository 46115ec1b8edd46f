export { createServeApp } from "./app.js";
export { serveLines } from "./lines.js";
export { listenUntil } from "./listen.js";
export { ServedModels } from "./served-model.js";
