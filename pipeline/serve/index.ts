export { createServeApp } from "./app.js";
export { listenUntil } from "./listen.js";
export { ServedModels } from "./served-model.js";
