import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { preamble, testFile } from "../../../stages/python/lib/pytest-file.js";
import type { Example } from "../../../pipeline/contract/records.js";
import type { Route } from "../../../pipeline/contract/route.js";
import type { Target } from "../../../stages/python/lib/records.js";
import { testedTarget, unverified } from "../../../stages/tests/lib/evidence/pytest-evidence.js";
import routes from "../../../stages/python/routes.js";
import verify from "../../../stages/tests/verify.js";
import { sandboxed, type Sandboxed } from "../../sandbox/sandboxed.js";
import { inputOf, type VirtualEnvironment, webEnvironment } from "../../sandbox/web-environment.js";
import { example, sourceFile } from "../../support/records.js";
import { runStage, type StageResult } from "../../support/run-stage.js";
import { dedent } from "./verify-example.js";

let environment: VirtualEnvironment;
beforeAll(async () => {
  environment = await webEnvironment();
});
afterAll(async () => await environment.remove());

describe("tests of routes, run against a FastAPI application", () => {
  const shop = application("fastapi-shop");

  it("keeps those that pass, and that notice changes of the handler", async () => {
    const { kept, dropped, rejected } = await shop.verify(
      "POST",
      "/api/products",
      `
      def test_product_is_stored(client):
          response = client.post("/api/products", json={"sku": "red shoe", "name": "Shoe", "price": 1000, "stock": 2})
          assert response.status_code == 201
          assert response.json() == {"id": 1, "sku": "RED-SHOE", "name": "Shoe", "price": 1000, "stock": 2}
          assert client.get("/api/products/1").json()["name"] == "Shoe"
    `,
      { coverage: 1 },
    );
    expect([dropped, rejected]).toEqual([[], []]);
    expect(kept).toMatchObject([
      {
        evidence: {
          target: { kind: "route", route: { method: "POST", path: "/api/products" } },
          sandbox: expect.stringContaining("seccomp") as string,
          hashSeeds: [0, 1, 2],
          verdicts: [{ outcome: "passed" }],
          mutants: { killed: 1 },
          coverage: { lines: 1 },
        },
      },
    ]);
  });

  it("gives every test a database of its own, and runs handlers that are coroutines", async () => {
    const { kept, rejected } = await shop.verify(
      "GET",
      "/api/products/{product_id}",
      `
      def add(client):
          return client.post("/api/products", json={"sku": "a", "name": "A", "price": 1}).json()["id"]

      def test_one(client):
          assert client.get(f"/api/products/{add(client)}").json()["id"] == 1

      def test_other(client):
          assert client.get("/api/products/" + str(add(client))).json()["id"] == 1

      @pytest.mark.parametrize("number", [1, 2])
      def test_missing(client, number):
          response = client.request("GET", "http://testserver/api/products/%d?x=1" % number)
          assert (response.status_code, response.json()) == (404, {"detail": f"no product {number}"})
    `,
      once,
    );
    expect(rejected).toEqual([]);
    expect((kept as Example[])[0]?.evidence).toMatchObject({
      verdicts: [{ test: "test_one", outcome: "passed" }, { test: "test_other" }, { test: "test_missing" }],
    });
  });

  it("suspects a bug or a wrong value where the status is another, and keeps what is right", async () => {
    const { kept, rejected } = await shop.verify(
      "GET",
      "/health",
      `
      def test_status(client):
          assert client.get("/health").status_code == 204

      def test_empty(client):
          assert client.get("/health").json() == {"status": "empty", "products": 0}
    `,
      once,
    );
    expect(kept).toMatchObject([
      {
        response:
          'def test_empty(client):\n    assert client.get("/health").json() == {"status": "empty", "products": 0}',
      },
    ]);
    expect(rejected).toMatchObject([
      {
        reason: expect.stringMatching(/^suspected bug or wrong value: AssertionError: assert 200 == 204/u) as string,
        part: { test: "test_status" },
      },
    ]);
  });

  it("drops tests that send no such request, or send it to an application of their own", async () => {
    const { kept, rejected } = await shop.verify(
      "DELETE",
      "/api/orders/{order_id}",
      `
      def test_other_path(client):
          assert client.delete("/api/products/1").status_code == 405

      def test_other_method(client):
          assert client.get("/api/orders/1").status_code == 404

      def test_own_application():
          from fastapi import FastAPI
          own = FastAPI()
          @own.delete("/api/orders/{order_id}")
          def answer(order_id: int):
              return order_id
          assert TestClient(own).delete("/api/orders/1").json() == 1

      def test_right(client):
          assert client.delete("/api/orders/7").status_code == 404
    `,
      { ...once, kills: 0 },
    );
    expect(kept).toMatchObject([{ response: expect.stringMatching(/^def test_right/u) as string }]);
    expect(rejected.map(({ part, reason }) => [(part as { test: string }).test, reason]).toSorted()).toEqual([
      ["test_other_method", "cheat: never calls DELETE /api/orders/{order_id}"],
      ["test_other_path", "cheat: never calls DELETE /api/orders/{order_id}"],
      ["test_own_application", "cheat: redefines DELETE /api/orders/{order_id}"],
    ]);
  });

  it("drops tests that would pass whatever the handler did", async () => {
    const { kept, dropped } = await shop.verify(
      "DELETE",
      "/api/orders/{order_id}",
      `
      def test_nothing(client):
          assert client.delete("/api/orders/7").headers is not None
    `,
      once,
    );
    expect(kept).toEqual([]);
    expect(dropped).toMatchObject([
      { reason: expect.stringMatching(/^too few mutants killed: 0 of [1-9]/u) as string },
    ]);
  });

  it("lets a test ask for the client that it uses", async () => {
    const { kept } = await shop.verify(
      "GET",
      "/health",
      `
      def test_empty():
          assert client.get("/health").json()["status"] == "empty"
    `,
      once,
    );
    expect(kept).toMatchObject([
      { response: expect.stringMatching(/^def test_empty\(client\):/u) as string, labels: { repair: "rule:fixture" } },
    ]);
  });
});

describe("tests of routes, run against a Flask application", () => {
  const shop = application("flask-shop");

  it("keeps those that pass, with a database in the test's own folder", async () => {
    const { kept, dropped, rejected } = await shop.verify(
      "POST",
      "/api/orders/<int:order_id>/payment",
      `
      @pytest.fixture
      def order(client):
          product = client.post("/api/products", json={"sku": "a", "name": "A", "price": 10_000, "stock": 2}).get_json()
          lines = [{"product_id": product["id"], "count": 2}]
          return client.post("/api/orders", json={"lines": lines}).get_json()["id"]

      def test_paid(client, order):
          response = client.post(f"/api/orders/{order}/payment", json={"amount": 23_750})
          assert (response.status_code, response.get_json()["status"]) == (200, "paid")

      def test_too_little(client, order):
          response = client.open(f"/api/orders/{order}/payment", method="POST", json={"amount": 1})
          assert (response.status_code, response.get_json()) == (402, {"detail": "237.50 is due"})
    `,
    );
    expect([dropped, rejected]).toEqual([[], []]);
    expect(kept).toMatchObject([
      { evidence: { verdicts: [{ test: "test_paid" }, { test: "test_too_little" }], mutants: { killed: 1 } } },
    ]);
  });
});

it("starts an application anew for each run of its tests, whatever unit tests have loaded of it", async () => {
  const site = await sandboxed(
    {
      "site_app.py":
        "import sqlite3\nfrom flask import Flask\napp = Flask(__name__)\nsqlite3.connect('site.db').execute('CREATE " +
        "TABLE visits (n)')\n\ndef twice(n):\n    return n * 2\n\n@app.get('/')\ndef root():\n    [count] = " +
        "sqlite3.connect('site.db').execute('SELECT count(*) FROM visits').fetchone()\n    return str(twice(count))\n",
    },
    { python: environment.folder, workers: 1 },
  );
  onTestFinished(async () => await site.close());
  const unit = await site.run("from site_app import twice\n\ndef test_twice():\n    assert twice(2) == 4\n", {
    target: "twice",
  });
  expect(unit.verdicts).toMatchObject([{ outcome: "passed" }]);
  const target = {
    module: "site_app",
    qualifiedName: "root",
    route: { framework: "flask", method: "GET", path: "/", handler: "site_app.root", application: "site_app:app" },
  } as const;
  const code = testFile(preamble(target), "def test_root(client):\n    assert client.get('/').text == '0'");
  const { verdicts } = await site.api.runTests({
    source: site.tree,
    code,
    target,
    hashSeeds: [0, 1],
    timeout: 10,
    memory: 512,
  });
  expect(verdicts).toMatchObject([{ outcome: "passed" }]);
});

/** Where one run is enough to show it. */
const once = { runs: 1 };

/** A shop of test/cases, in a sandbox with the user's environment. */
function application(name: string) {
  let shop: Sandboxed;
  let targets: readonly Target[];
  beforeAll(async () => {
    const files = await inputOf(name);
    shop = await sandboxed(files, { python: environment.folder });
    const { kept } = await runStage(
      routes,
      Object.entries(files).map(([path, text]) => sourceFile(path, text)),
    );
    targets = kept as Target[];
  });
  afterAll(async () => await shop.close());

  return {
    async verify(method: string, path: string, code: string, options: object = {}): Promise<StageResult> {
      const services = { sandbox: shop.api, sources: { fetch: async () => shop.tree, tree: async () => shop.tree } };
      return await runStage(verify, [testsOf(targets, { method, path }, code)], options, { services });
    },
  };
}

function testsOf(targets: readonly Target[], wanted: Pick<Route, "method" | "path">, code: string): Example {
  const target = targets.find(({ route }) => route?.method === wanted.method && route.path === wanted.path);
  if (target === undefined) throw new Error(`no route ${wanted.method} ${wanted.path}`);
  return example(dedent(code), { evidence: unverified(testedTarget(target), preamble(target)), source: target.source });
}
