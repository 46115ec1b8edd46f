import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { preamble } from "../../pipeline/pytest-file.js";
import { type Example, type Route, type Target, testedTarget, unverified } from "../../pipeline/records.js";
import routes from "../../stages/routes.js";
import verify from "../../stages/verify.js";
import { sandboxed, type Sandboxed } from "../sandbox/sandboxed.js";
import { inputOf, type VirtualEnvironment, webEnvironment } from "../sandbox/web-environment.js";
import { example, sourceFile } from "../support/records.js";
import { runStage, type StageResult } from "../support/run-stage.js";
import { dedent } from "./verify-example.js";

let environment: VirtualEnvironment;
beforeAll(async () => {
  environment = await webEnvironment();
});
afterAll(async () => await environment.remove());

describe("tests of routes, run against a FastAPI application", () => {
  const shop = application("fastapi-shop");

  it("keeps those that pass, and that notice changes of the handler", async () => {
    const { kept, dropped, rejected } = await shop.verify("POST", "/api/products", `
      def test_product_is_stored(client):
          response = client.post("/api/products", json={"sku": "red shoe", "name": "Shoe", "price": 1000, "stock": 2})
          assert response.status_code == 201
          assert response.json() == {"id": 1, "sku": "RED-SHOE", "name": "Shoe", "price": 1000, "stock": 2}
          assert client.get("/api/products/1").json()["name"] == "Shoe"
    `);
    expect([dropped, rejected]).toEqual([[], []]);
    expect(kept).toMatchObject([{ evidence: { target: { kind: "route", route: { method: "POST", path: "/api/products" } }, mutants: { killed: 1 }, verdicts: [{ outcome: "passed" }] } }]);
  });
});

/** A shop of test/cases, in a sandbox with the user's environment. */
function application(name: string) {
  let shop: Sandboxed;
  let targets: readonly Target[];
  beforeAll(async () => {
    const files = await inputOf(name);
    shop = await sandboxed(files, { python: environment.folder });
    const { kept } = await runStage(routes, Object.entries(files).map(([path, text]) => sourceFile(path, text)));
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
