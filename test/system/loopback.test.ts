import { expect, it } from "vitest";
import { isLoopback } from "../../pipeline/system/loopback.js";

it.each("localhost LOCALHOST api.localhost 127.0.0.1 127.8.9.1 ::1 [::1] ::ffff:127.0.0.1 [::ffff:7f00:1]".split(" "))(
  "takes %s for this machine",
  (host) => expect(isLoopback(host)).toBe(true),
);

it.each(
  (
    "localhost.evil.example evil-localhost 127.0.0.1.evil.example 128.0.0.1 0.0.0.0 :: ::ffff:10.0.0.1 2130706433 " +
    "127.1 [::1]:80 "
  ).split(" "),
)("takes %j for another one, or for none", (host) => expect(isLoopback(host)).toBe(false));
