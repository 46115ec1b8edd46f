import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSandbox } from "../../pipeline/sandbox/service.js";
import type { Sandbox } from "../../pipeline/contract/sandbox.js";
import type { ServiceContext } from "../../pipeline/contract/service.js";
import { createSources } from "../../pipeline/sources/service.js";
import type { Sources } from "../../pipeline/contract/sources.js";
import { serviceContextIn } from "../service-context.js";

/** The services that a run would have, without its memo: what is measured is done each time. */
export interface BenchServices {
  readonly context: ServiceContext;
  readonly sources: Sources;
  readonly sandbox: Sandbox;
  /** A folder that is gone when the services are closed. */
  readonly folder: string;
}

/** Works with the services, the sandbox confined by the best backend that the machine has. */
export async function withServices<T>(workers: number, work: (services: BenchServices) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "bench-"));
  const context = serviceContextIn(folder, { baseDir: folder });
  const sources = createSources(context);
  const sandbox = createSandbox(context, { sources: sources.api, backend: "auto", workers });
  try {
    return await work({ context, sources: sources.api, sandbox: sandbox.api, folder });
  } finally {
    await sandbox.close();
    await sources.close();
    await rm(folder, { recursive: true, force: true });
  }
}
