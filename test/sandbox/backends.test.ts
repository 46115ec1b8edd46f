import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { findPython } from "../../pipeline/system/python/interpreter.js";
import { backendName, backends, chooseBackend, probeBackends } from "../../pipeline/sandbox/backends.js";
import { sandboxed } from "./sandboxed.js";

const honest = "from calc import double\n\ndef test_a():\n    assert double(2) == 4\n";
const files = { "calc.py": "def double(x):\n    return x + x\n" };

describe("the backend", () => {
  it("is the first that works, and each verdict's identity names it", async () => {
    const best = (await probeBackends(new AbortController().signal)).find(({ available }) => available);
    const box = await sandboxed(files);
    try {
      expect((await box.api.identity()).backend).toBe(best?.name);
    } finally {
      await box.close();
    }
  });

  it("says why it is not available", async () => {
    for (const { available, reason } of await probeBackends(new AbortController().signal))
      expect(available).toBe(reason === "");
  });

  it("is none on request alone, and then says so", async () => {
    const box = await sandboxed(files, { backend: "none" });
    try {
      expect((await box.run(honest, { target: "double" })).verdicts).toMatchObject([{ outcome: "passed" }]);
      expect(await box.api.identity()).toMatchObject({ backend: "none" });
    } finally {
      await box.close();
    }
  });

  it("that is misspelt is an error with the names that there are", () => {
    expect(() => backendName("landlok")).toThrow(
      expect.objectContaining({
        code: "usage",
        message: 'unknown sandbox "landlok"',
        hint: expect.stringContaining("landlock+seccomp"),
      }),
    );
  });
});

it("fails closed where nothing can confine, with what was tried and the fix", async () => {
  const folder = await mkdtemp(join(tmpdir(), "no-kernel-"));
  try {
    // The runner of a machine that grants nothing: every backend answers that it cannot.
    const python = join(folder, "python");
    await writeFile(python, '#!/bin/sh\necho \'{"failed": "Operation not permitted"}\'\n', { mode: 0o755 });
    const refusal = chooseBackend(
      "auto",
      { ...(await findPython()), interpreter: python },
      new AbortController().signal,
    );
    await expect(refusal).rejects.toMatchObject({
      code: "sandbox",
      message: expect.stringContaining("the sandbox cannot start"),
      hint: expect.stringContaining("--sandbox none"),
    });
    const message = await refusal.catch((error: Error) => error.message);
    for (const { name } of backends.filter(({ name }) => name !== "container"))
      expect(message).toContain(`tried  ${name}: Operation not permitted`);
    expect(message).toContain("tried  container: no image is named");
  } finally {
    await rm(folder, { recursive: true });
  }
});

it.runIf(process.getuid?.() === 0)(
  "a source that the sandbox's user may not read is an error, not a verdict",
  async () => {
    const box = await sandboxed(files);
    try {
      await chmod(box.tree.folder, 0o700);
      await expect(box.run(honest, { target: "double" })).rejects.toMatchObject({
        code: "sandbox",
        message: expect.stringContaining("Permission denied"),
        hint: expect.stringContaining("readable for everyone"),
      });
    } finally {
      await box.close();
    }
  },
);

it("a module that takes the warm process down is loaded in children alone", async () => {
  const box = await sandboxed({
    "calc.py": "def double(x):\n    return x + x\n",
    "deadly.py": "import os\nos._exit(3)\n",
  });
  try {
    // Loading it takes the warm process down: the child loads it for itself then.
    expect(await box.run("import deadly\n\ndef test_a():\n    assert deadly\n")).toEqual({
      verdicts: [],
      fileError: { outcome: "error", reason: "raised", detail: "the process ended with exit code 3" },
      coverage: null,
    });
    expect((await box.run(honest, { target: "double" })).verdicts).toMatchObject([{ outcome: "passed" }]);
  } finally {
    await box.close();
  }
});
