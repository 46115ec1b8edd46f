import { describe, expect, it } from "vitest";
import { Claims } from "../../pipeline/engine/state/claims.js";

describe("keys that are being computed", () => {
  it("leaves a key to who still works, where a partition ends while it waits for it", async () => {
    const claims = new Claims();
    const [computing, ended, next] = [claims.open(), claims.open(), claims.open()];
    expect(await computing.take("key", () => null)).toBeNull();
    const waiting = ended.take("key", () => null);
    ended.close();
    computing.giveUp("key");
    await expect(waiting).rejects.toThrow("interrupted");
    expect(await next.take("key", () => null)).toBeNull();
  });
});
