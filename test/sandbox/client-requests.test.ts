import { afterAll, beforeAll, expect, it } from "vitest";
import type { Route } from "../../pipeline/contract/route.js";
import { sandboxed, type Sandboxed } from "./sandboxed.js";

// An application that answers everything: whether a request counts is told from the text of the test alone.
let site: Sandboxed;
beforeAll(async () => {
  site = await sandboxed({
    "site_app.py":
      "class Client:\n    def __getattr__(self, name):\n        return lambda *a, **k: 1\n\ndef TestClient(app):\n   " +
      " return Client()\n\ndef order():\n    return 1\n\napp = object()\nplace = '/orders/9'\n",
  });
});
afterAll(async () => await site.close());

it.each([
  'client.get("/orders/1")',
  'client.get("orders/1?full=yes#top")',
  'client.get(url="http://testserver/orders/1")',
  'client.get(f"/orders/{number}")',
  'client.get("/orders/" + str(number))',
  'client.get("/orders/%s" % number)',
  'client.get("/orders/{}".format(number))',
  "client.get(PATH)",
  'client.get(f"{BASE}/{number}")',
  'client.request("GET", "/orders/1")',
  'client.open("/orders/1")',
  'TestClient(app).get("/orders/1")',
  'helper().get("/orders/1")',
  'made.get("/orders/1")',
  'client.get(app.url_path_for("order", order_id=1))',
  'client.get(url_for("shop.order", order_id=1))',
  "client.get(path)",
  "[client.get(p) for p in ['/x', '/orders/1']]",
])("takes %s for a request to GET /orders/{order_id}", async (request) => {
  expect(await reasonOf(request, "/orders/{order_id}")).toBeNull();
});

it.each([
  'client.post("/orders/1")',
  'client.get("/orders")',
  'client.get("/orders/1/lines")',
  'client.get("/other/1")',
  "client.get(site_app.place)",
  "client.get(number)",
  '{"a": 1}.get("/orders/1")',
  'requests.get("/orders/1")',
  'client.headers.update(a="/orders/1")',
  'client.request("POST", "/orders/1")',
  'client.open("/orders/1", method="PUT")',
  'client.get(app.url_path_for("other", order_id=1))',
  "order()",
])("does not take %s for one", async (request) => {
  expect(await reasonOf(request, "/orders/{order_id}")).toBe("cheat: never calls GET /orders/{order_id}");
});

it.each([
  ["/files/{name:path}", "/files/a/b.txt", true],
  ["/files/<path:name>", "/files/a/b.txt", true],
  ["/files/{name}", "/files/a/b.txt", false],
  ["/n/<int:n>", "/n/12", true],
  ["/n/<int:n>", "/n/twelve", false],
  ["/n/<string(length=2):n>/x", "/n/ab/x", true],
  ["/", "/", true],
  ["/a.b", "/aXb", false],
])("matches %s with %s: %s", async (path, requested, isMatch) => {
  expect(await reasonOf(`client.get("${requested}")`, path)).toBe(isMatch ? null : `cheat: never calls GET ${path}`);
});

it.each([
  ["another application in its place", "app = object()"],
  ["a route of its own", '@made.get("/orders/1")\n    def own(): ...'],
  ["an application of its own", "FastAPI()"],
  ["a registration", "made.include_router(1)"],
  ["a client that is changed", "client.get = print"],
  ["the same name from elsewhere", "from json import app"],
])("takes %s for a redefinition", async (_, statement) => {
  expect(await reasonOf('client.get("/orders/1")', "/orders/{order_id}", statement)).toBe(
    "cheat: redefines GET /orders/{order_id}",
  );
});

it("lets a test replace dependencies, and make an application by the imported factory", async () => {
  expect(
    await reasonOf('client.get("/orders/1")', "/orders/{order_id}", "made.dependency_overrides[order] = lambda: 2"),
  ).toBeNull();
});

async function reasonOf(request: string, path: string, before = "pass"): Promise<string | null> {
  const route: Route = {
    framework: "fastapi",
    method: "GET",
    path,
    handler: "site_app.order",
    application: "site_app:app",
  };
  const code = `import pytest
import json as requests
import site_app
from site_app import TestClient, app, order
BASE = "/orders"
PATH = BASE + "/7"
made = TestClient(app)
def helper():
    return made
def url_for(*names, **parameters):
    return "/"
@pytest.fixture
def client():
    yield TestClient(app)
@pytest.mark.parametrize(("number", "path"), [(1, "/elsewhere"), (2, "/orders/2")])
def test_it(client, number, path):
    ${before}
    result = ${request}
    assert result == 1
`;
  const {
    verdicts: [verdict],
    fileError,
  } = await site.api.runTests({
    source: site.tree,
    code,
    target: { module: "site_app", qualifiedName: "order", route },
    hashSeeds: [0],
    timeout: 5,
    memory: 256,
  });
  expect(fileError?.reason).not.toBe("syntax");
  const cheat = fileError ?? verdict;
  return cheat?.reason === "cheat" ? `${cheat.reason}: ${cheat.detail}` : null;
}
