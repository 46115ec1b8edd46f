import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { packageRoot } from "../../pipeline/paths.js";
import type { SourceFile, Target } from "../../pipeline/records.js";
import extract from "../../stages/extract.js";
import routes from "../../stages/routes.js";
import { sourceFile } from "../support/records.js";
import { runStage } from "../support/run-stage.js";
import { stageTest } from "../support/stage-test.js";

stageTest(routes, ({ run }) => {
  it("finds the 43 targets of a FastAPI shop: 20 functions, 14 classes and 9 routes in 8 files", async () => {
    const files = shop("fastapi-shop");
    const { kept, rejected } = await run(files);
    expect(rejected).toEqual([]);
    expect(shown(kept)).toEqual([
      "GET /health shop.main.health shop.main:app",
      "POST /api/orders shop.routers.orders.create_order shop.main:app",
      "GET /api/orders/{order_id} shop.routers.orders.read_order shop.main:app",
      "DELETE /api/orders/{order_id} shop.routers.orders.cancel_order shop.main:app",
      "POST /api/orders/{order_id}/payment shop.routers.orders.pay_order shop.main:app",
      "GET /api/products shop.routers.products.list_products shop.main:app",
      "POST /api/products shop.routers.products.create_product shop.main:app",
      "GET /api/products/{product_id} shop.routers.products.read_product shop.main:app",
      "PATCH /api/products/{product_id} shop.routers.products.change_price shop.main:app",
    ]);
    expect(await unitsOf(files)).toEqual({ files: 8, functions: 20, classes: 14 });
  });

  it("finds the 43 targets of a Flask shop, whose factory makes the application", async () => {
    const files = shop("flask-shop");
    const { kept, rejected } = await run(files);
    expect(rejected).toEqual([]);
    expect(shown(kept)).toEqual([
      "GET /health shop.health shop:create_app()",
      "POST /api/orders shop.views.orders.create_order shop:create_app()",
      "GET /api/orders/<int:order_id> shop.views.orders.read_order shop:create_app()",
      "DELETE /api/orders/<int:order_id> shop.views.orders.cancel_order shop:create_app()",
      "POST /api/orders/<int:order_id>/payment shop.views.orders.pay_order shop:create_app()",
      "GET /api/products shop.views.products.list_products shop:create_app()",
      "POST /api/products shop.views.products.create_product shop:create_app()",
      "GET /api/products/<int:product_id> shop.views.products.read_product shop:create_app()",
      "PATCH /api/products/<int:product_id> shop.views.products.change_price shop:create_app()",
    ]);
    expect(await unitsOf(files)).toEqual({ files: 8, functions: 20, classes: 14 });
  });
});

/** METHOD path handler application */
function shown(kept: readonly unknown[]): string[] {
  return (kept as Target[]).map(({ route }) => [route?.method, route?.path, route?.handler, route?.application].join(" "));
}

function shop(name: string): SourceFile[] {
  const folder = join(packageRoot, "test/cases", name, "input");
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".py")).toSorted();
  return paths.map((path) => sourceFile(path, readFileSync(join(folder, path), "utf8")));
}

async function unitsOf(files: readonly SourceFile[]) {
  const { kept } = await runStage(extract, files, { kinds: ["function", "class"] });
  const count = (kind: string) => kept.filter((target) => (target as Target).targetKind === kind).length;
  return { files: files.length, functions: count("function"), classes: count("class") };
}
