import { partitionWorker } from "./partition/worker.js";
import { services } from "./services.js";

/** Entry of a worker thread: it knows how to reach the services that ship, and makes none. */
export default partitionWorker(services);
