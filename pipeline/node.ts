/** Entry of a machine that runs partitions for a driver: it connects to the driver's socket, and ends with it. */
import { connect } from "node:net";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { streamChannel } from "./executors/node/channel.js";
import { serveNode } from "./executors/node/serve.js";
import { services } from "./services.js";
import { defaultCacheDir, packageRoot } from "./system/paths.js";

const { values } = parseArgs({
  options: {
    connect: { type: "string" },
    state: { type: "string" },
    project: { type: "string" },
    cache: { type: "string", default: defaultCacheDir() },
    slots: { type: "string", default: "1" },
  },
});
const { connect: path = "", state = ".pipeline", project = ".", cache, slots } = values;
await serveNode(streamChannel(connect(path)), {
  roots: { state: resolve(state), project: resolve(project), cache: resolve(cache), package: packageRoot },
  slots: Number(slots),
  services,
});
// A child that does not end by itself would keep the machine for ever.
process.exit();
