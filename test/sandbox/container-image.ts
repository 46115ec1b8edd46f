import { chmod, copyFile, cp, mkdir, mkdtemp, readdir, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { execa } from "execa";

const name = "localhost/pipeline-sandbox-test:1";
const python = "/usr/bin/python3";

/**
 * An image of this machine's own Python and nothing else, in podman: no registry is asked. Answers why there is none
 * where there is none; else PIPELINE_SANDBOX_IMAGE names it, until `remove`.
 */
export async function makeImage(): Promise<{ readonly missing: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), "image-"));
  const before = { image: process.env["PIPELINE_SANDBOX_IMAGE"], conf: process.env["CONTAINERS_CONF"] };
  const remove = async (): Promise<void> => {
    set("PIPELINE_SANDBOX_IMAGE", before.image);
    set("CONTAINERS_CONF", before.conf);
    await execa("podman", ["image", "rm", "--force", name], { reject: false });
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await fillRoot(join(folder, "root"));
    await execa("sh", ["-c", `tar -C "$1" -cf - . | podman import -q - ${name}`, "sh", join(folder, "root")]);
    process.env["PIPELINE_SANDBOX_IMAGE"] = name;
    const first = await whyNot();
    if (first === "") return { missing: "", remove };
    // crun refuses machines with cgroups of both versions, and runc does not
    await writeFile(join(folder, "containers.conf"), '[engine]\nruntime = "runc"\n');
    process.env["CONTAINERS_CONF"] = join(folder, "containers.conf");
    if ((await whyNot()) === "") return { missing: "", remove };
    await remove();
    return { missing: first, remove: async () => undefined };
  } catch (error) {
    await remove();
    return { missing: (error as Error).message.split("\n")[0] ?? "", remove: async () => undefined };
  }
}

async function whyNot(): Promise<string> {
  const limits = ["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024"];
  const { exitCode, stderr } = await execa(
    "podman",
    ["run", "--rm", "--pull", "never", "--network", "none", ...limits, name, "python3", "-c", ""],
    { reject: false },
  );
  return exitCode === 0 ? "" : `podman: ${stderr.split("\n").at(-1) ?? ""}`;
}

/** The interpreter, its standard library, and the C libraries that they load. */
async function fillRoot(root: string): Promise<void> {
  const real = await realpath(python);
  for (const made of ["usr/bin", "usr/lib", "etc", "proc", "sys", "dev", "run", "tmp"])
    await mkdir(join(root, made), { recursive: true });
  await chmod(join(root, "tmp"), 0o1777);
  for (const link of ["bin", "lib", "lib64"]) await symlink(`usr/${link}`, join(root, link));
  await cp("/usr/lib64", join(root, "usr/lib64"), { recursive: true, verbatimSymlinks: true });
  await copyFile(real, join(root, real));
  await symlink(basename(real), join(root, python));
  const library = `/usr/lib/${basename(real)}`;
  await cp(library, join(root, library), { recursive: true, verbatimSymlinks: true });
  const extensions = (await readdir(join(library, "lib-dynload"))).map((file) => join(library, "lib-dynload", file));
  const { stdout } = await execa("ldd", [real, ...extensions], { reject: false });
  const loader = "/lib64/ld-linux-x86-64.so.2";
  for (const path of new Set([loader, ...Array.from(stdout.matchAll(/=> (\/\S+)/gu), ([, path = ""]) => path)])) {
    const file = await realpath(path);
    const places = path === loader ? [file] : [file, path.replace(/^\/lib\//u, "/usr/lib/")];
    for (const place of places) {
      await mkdir(dirname(join(root, place)), { recursive: true });
      await copyFile(file, join(root, place));
    }
  }
}

function set(variable: string, value: string | undefined): void {
  if (value === undefined) delete process.env[variable];
  else process.env[variable] = value;
}
