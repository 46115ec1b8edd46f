import { z } from "zod";

/** The option that names a project of the user's; other options go on from it. */
export const root = z.string().min(1).describe("Folder of the project, relative to the pipeline file");
