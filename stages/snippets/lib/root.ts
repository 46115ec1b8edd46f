import { basePath } from "../../../pipeline/contract/reference.js";

/** The option that names a project of the user's; other options go on from it. */
export const root = basePath("Folder of the project");
