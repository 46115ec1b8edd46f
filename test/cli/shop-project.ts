import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { packageRoot } from "../../pipeline/system/paths.js";
import { type Folder, folderWith } from "./command.js";

/** A folder with a scripted teacher, and with a project in src layout that tests can be written for. */
export async function shopProject(teacher: string): Promise<Folder> {
  const folder = await folderWith({ "teacher.yaml": teacher });
  await mkdir(join(folder.path, "project/src"), { recursive: true });
  await cp(join(packageRoot, "test/cases/build-from-a-folder/input/shop"), join(folder.path, "project/src/shop"), {
    recursive: true,
  });
  await writeFile(join(folder.path, "project/pyproject.toml"), "[project]\nname = 'shop'\nversion = '1'\n");
  return folder;
}
