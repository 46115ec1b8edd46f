import { afterAll, beforeAll, expect, it } from "vitest";
import { sandboxed, type Sandboxed } from "./sandboxed.js";

const dice = `
import datetime, os, random, secrets, time, uuid

def roll():
    return random.randint(1, 1000000)

def own_roll():
    return random.Random().randint(1, 10 ** 9)

def token():
    return secrets.token_hex(4)

def unique():
    return str(uuid.uuid4())

def year():
    return datetime.datetime.now().year

def weekday():
    return datetime.date.today().weekday()

def century():
    return int(time.time()) // (100 * 365 * 86400)

def process():
    return os.getpid() > 0

def hour_of(seconds):
    return datetime.datetime.fromtimestamp(seconds).hour

def universal_hour_of(seconds):
    return time.gmtime(seconds).tm_hour

def later(year):
    return datetime.date(year, 1, 1).isoformat()
`;

let box: Sandboxed;
let another: Sandboxed;
beforeAll(async () => {
  [box, another] = await Promise.all([sandboxed({ "dice.py": dice }), sandboxed({ "dice.py": dice })]);
});
afterAll(async () => {
  await Promise.all([box.close(), another.close()]);
});

it("takes the same course each time under one hash seed, and another under another", async () => {
  const rolls = async (seed: number, where: Sandboxed) => {
    const { verdicts } = await where.run("from dice import roll\n\n\ndef test_roll():\n    assert roll() == 0\n", {
      hashSeeds: [seed],
    });
    return verdicts.map(({ detail }) => detail);
  };
  const [first, again, other] = await Promise.all([rolls(1, box), rolls(1, another), rolls(2, box)]);
  expect(first).toEqual([expect.stringMatching(/assert \d+ == 0/u)]);
  expect(again).toEqual(first);
  expect(other).not.toEqual(first);
});

it.each([
  ["roll", "", "not deterministic"],
  ["own_roll", "", "not deterministic"],
  ["token", "", "not deterministic"],
  ["unique", "", "not deterministic"],
  ["year", "", "asks for the time"],
  ["weekday", "", "asks for the time"],
  ["century", "", "asks for the time"],
  ["process", "", "asks for its process"],
  ["hour_of", "0", "not deterministic"],
])("is never recorded: %s(%s)", async (target, call, reason) => {
  expect(await box.record(target, call)).toEqual([{ type: "unusable", reason }]);
});

it.each([
  ["universal_hour_of", "3600", "1"],
  ["later", "2001", "'2001-01-01'"],
])("is not what a call only looks like: %s(%s)", async (target, call, literal) => {
  expect(await box.record(target, call)).toMatchObject([{ type: "returned", literal }]);
});
