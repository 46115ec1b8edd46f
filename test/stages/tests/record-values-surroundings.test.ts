import { afterAll, beforeAll, expect, it } from "vitest";
import { sandboxed, type Sandboxed } from "../../sandbox/sandboxed.js";
import { recordedBy } from "./recorded-values.js";

const prices = `
import datetime, functools, getpass, itertools, os, pathlib, platform
import random, secrets, socket, sys, tempfile, time, uuid
from datetime import date, datetime as moment
from time import localtime, time as now

START = moment.now().year
HOME = pathlib.Path.home()
counter = itertools.count(1)
seen = {}
total = 0

def add(what):
    return {
        "time": lambda: int(now()),
        "year": lambda: moment.now().year,
        "day": lambda: date.today().day,
        "utc": lambda: moment.utcnow().month,
        "hour": lambda: localtime().tm_hour,
        "date from the clock": lambda: date.fromtimestamp(time.time()),
        "import": lambda: START,
        "text": lambda: time.strftime("%Y"),
        "weekday": lambda: f"{moment.now():%A}",
        "age": lambda: moment.now().year - 1990,
        "expired": lambda: time.time() > 1_830_000_000,
        "chance": lambda: random.randint(1, 10**9),
        "choice": lambda: random.choice(range(10**6)),
        "secret": lambda: secrets.token_hex(4),
        "uuid": lambda: str(uuid.uuid4()),
        "order": lambda: "".join({"a", "b", "c", "d", "e", "f"}),
        "first": lambda: list({"x", "y", "z", "w"})[0],
        "hash": lambda: hash("a"),
        "folder": lambda: os.getcwd(),
        "resolved": lambda: str(pathlib.Path("a").resolve()),
        "home": lambda: str(HOME),
        "expanded": lambda: os.path.expanduser("~/x"),
        "temporary": lambda: tempfile.gettempdir(),
        "file": lambda: __file__,
        "module": lambda: os.path.dirname(__file__) + "/data",
        "user": lambda: getpass.getuser(),
        "environment": lambda: sorted(os.environ),
        "address": lambda: repr(object()),
        "id": lambda: id(object()),
        "method": lambda: str(add.__init__),
        "process": lambda: os.getpid(),
        "host": lambda: socket.gethostname(),
        "machine": lambda: platform.node(),
        "processors": lambda: os.cpu_count(),
        "counter": lambda: next(counter),
        "cache": lambda: cached(),
        "state": lambda: seen.setdefault("n", len(seen)) + grown(),
        "total": lambda: grown(),
        "zone": lambda: moment.fromtimestamp(0).hour,
        "local": lambda: time.localtime(0).tm_mday,
        "zone name": lambda: time.tzname[0],
        "python": lambda: sys.version.split()[0],
        "release": lambda: sys.version_info[2],
        "named release": lambda: platform.python_version(),
        "steady": lambda: moment(2020, 1, 1).year,
    }[what]()

@functools.lru_cache
def cached():
    return grown()

def grown():
    global total
    total += 1
    return total
`;

let box: Sandboxed;
beforeAll(async () => {
  box = await sandboxed({ "prices.py": prices });
});
afterAll(() => box.close());

const steady = new Set(["steady", "cache"]);
const others = [...prices.matchAll(/"([a-z ]+)": lambda/gu)]
  .map(([, what = ""]) => what)
  .filter((what) => !steady.has(what));

it.each(others)("records no value that is another one elsewhere: %s", async (what) => {
  const code = `def test_a():\n    assert add("${what}") == "?"`;
  const { response, open } = await recordedBy(() => box, code);
  expect([response, open]).toEqual([code, [expect.stringMatching(/^no value to record: /u)]]);
});

it("records what does not depend on any of these", async () => {
  expect((await recordedBy(() => box, 'def test_a():\n    assert add("steady") == 1')).response).toContain("== 2020");
});

it("records no value that holds alone and not after another test", async () => {
  const code =
    'def test_a():\n    assert add("cache") == "?"\n\n\ndef test_b():\n    add("total")\n    assert add("steady") == ' +
    "2020";
  const { response, open } = await recordedBy(() => box, code);
  expect([response, open]).toEqual([code, [expect.stringMatching(/^no value to record: /u)]]);
});
