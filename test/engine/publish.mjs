// A process that publishes a plan into a folder.
import { publish } from "../../dist/pipeline/engine/run/publish.js";

const [folder, plan] = process.argv.slice(2);
await publish(folder, JSON.parse(plan), (message) => process.stderr.write(`${message}\n`));
