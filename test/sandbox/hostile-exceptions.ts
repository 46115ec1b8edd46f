import type { BackendName } from "../../pipeline/sandbox/backends.js";

/**
 * Files whose test passes although it is confined: what it does is a lie about itself, not an escape, and code in the
 * process that reports can always lie. What finds it out instead, proven in hostile.test.ts.
 */
export const lies: Readonly<Record<string, "the check of its text" | "mutants: it kills none">> = {
  "fake_the_target.py": "the check of its text",
  "fake_the_target_by_a_name_put_together.py": "mutants: it kills none",
  "forge_through_frames.py": "the check of its text",
  "forge_through_gc.py": "the check of its text",
  "patch_sys_modules.py": "the check of its text",
  "swallowed_assertion.py": "the check of its text",
  "forge_through_hidden_frames.py": "mutants: it kills none",
};

/** Files whose test passes under a backend, since it does no harm there that others do not allow as well. */
export const notHeld: Readonly<Record<string, Partial<Record<BackendName, string>>>> = {};
