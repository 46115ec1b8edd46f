import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { packageRoot } from "../../../pipeline/system/paths.js";
import type { SourceFile } from "../../../pipeline/contract/records.js";
import type { Target } from "../../../stages/python/lib/records.js";
import extract from "../../../stages/python/extract.js";
import routes from "../../../stages/python/routes.js";
import { sourceFile } from "../../support/records.js";
import { runStage } from "../../support/run-stage.js";
import { stageTest } from "../../support/stage-test.js";
import { dedent } from "../tests/verify-example.js";

stageTest(
  routes,
  ({ run }) => {
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

    describe("FastAPI and Starlette", () => {
      it("puts together prefixes of routers, their inclusion and mounts, however the parts are named", async () => {
        expect(
          await found({
            "shop/api/items.py": `
          from fastapi import APIRouter as Router
          from shop.settings import PREFIX
          items = Router(prefix=PREFIX + "/items")
          @items.get("/{item_id:path}", status_code=200)
          async def read(item_id): ...
          @items.api_route(path="", methods=["get", "POST"])
          def both(): ...
        `,
            "shop/settings.py": `
          VERSION = "v1"
          PREFIX = f"/{VERSION}"
        `,
            "shop/api/__init__.py": "from .items import items as item_router\n",
            "shop/main.py": `
          import fastapi
          from shop import api
          import shop.admin as admin
          outer = fastapi.APIRouter()
          outer.include_router(api.item_router, prefix="/in")
          application = fastapi.FastAPI()
          for router in (outer,):
              application.include_router(router, prefix="/out")
          application.mount("/admin/", admin.app)
        `,
            "shop/admin.py": `
          from starlette.applications import Starlette
          from starlette.routing import Mount, Route, Router
          from starlette.endpoints import HTTPEndpoint
          class Users(HTTPEndpoint):
              async def get(self, request): ...
              async def delete(self, request): ...
          def ping(request): ...
          more = [Route("/ping", endpoint=ping, methods=["PUT"])]
          routes = [
              Route("/users", Users),
              Mount("/deep", routes=more),
              Mount("/deeper", app=Router(routes=[Route("/ping", ping)])),
          ]
          app = Starlette(debug=True, routes=routes)
        `,
          }),
        ).toEqual({
          routes: [
            "GET /out/in/v1/items/{item_id:path} shop.api.items.read shop.main:application",
            "GET /out/in/v1/items shop.api.items.both shop.main:application",
            "POST /out/in/v1/items shop.api.items.both shop.main:application",
            "GET /admin/users shop.admin.Users.get shop.main:application",
            "DELETE /admin/users shop.admin.Users.delete shop.main:application",
            "PUT /admin/deep/ping shop.admin.ping shop.main:application",
            "GET /admin/deeper/ping shop.admin.ping shop.main:application",
          ],
          rejected: [],
        });
      });

      it("follows functions that make an application, or are given one, and handlers inside them", async () => {
        expect(
          await found({
            "main.py": `
          from fastapi import FastAPI
          from parts import register, router_of
          def create_app(debug=False, *, name: str = "shop"):
              app = FastAPI()
              register(app)
              app.include_router(router_of(), prefix="/r")
              app.add_api_route("/added", added, methods=["PUT"])
              @app.get("/inner")
              def inner(): ...
              return app
          def added(): ...
        `,
            "parts.py": `
          from fastapi import APIRouter
          def register(application):
              @application.post("/registered")
              def registered(): ...
          def router_of():
              router = APIRouter()
              router.add_api_route("/x", x)
              return router
          def x(): ...
        `,
          }),
        ).toEqual({
          routes: [
            "GET /inner main.create_app.<locals>.inner main:create_app()",
            "PUT /added main.added main:create_app()",
            "POST /registered parts.register.<locals>.registered main:create_app()",
            "GET /r/x parts.x main:create_app()",
          ],
          rejected: [],
        });
      });

      it("names the variable of an application that a factory makes, and none where it needs arguments", async () => {
        const factory =
          "from fastapi import FastAPI\ndef make(settings):\n    app = FastAPI()\n    @app.get('/')\n    def root(): " +
          "...\n    return app\n";
        expect(await found({ "factory.py": factory })).toMatchObject({ routes: ["GET / factory.make.<locals>.root "] });
        expect(
          await found({ "factory.py": factory, "asgi.py": "from factory import make\napp = make(1)  # fastapi\n" }),
        ).toMatchObject({ routes: ["GET / factory.make.<locals>.root asgi:app"] });
      });

      it("rejects what only the run time knows, with the reason, and never guesses a path", async () => {
        expect(
          await found({
            "app.py": `
          import os
          from fastapi import APIRouter, FastAPI
          from settings import settings
          app = FastAPI()
          one, two, three, four, five = APIRouter(), APIRouter(), APIRouter(), APIRouter(), APIRouter()
          computed = APIRouter(prefix=os.environ["PREFIX"])
          by_settings = APIRouter()
          branch = APIRouter()
          late = APIRouter()
          alone = APIRouter(prefix="/alone")
          @computed.get("/a")
          def a(): ...
          @by_settings.get("/b")
          def b(): ...
          @branch.get("/c")
          def c(): ...
          @alone.get("/d")
          def d(): ...
          app.include_router(computed)
          app.include_router(by_settings, prefix=settings.prefix)
          app.include_router(late)
          @late.get("/e")
          def e(): ...
          if settings.debug:
              app.include_router(branch)
          @unknown.get("/f")
          def f(): ...
          @app.api_route("/g", methods=settings.methods)
          def g(): ...
          app.include_router(settings.router())
          app.add_api_route("/h", settings.handler)
          @settings.cache.get("key")
          def not_a_route(): ...
          @app.websocket("/ws")
          async def socket(): ...
        `,
            "settings.py": "class Settings:\n    prefix = '/x'\nsettings = Settings()\n",
          }),
        ).toEqual({
          routes: [],
          rejected: [
            'a: computed prefix: os.environ["PREFIX"]',
            "b: computed prefix: settings.prefix",
            "c: registered in a branch: whether it is served is known only at run time",
            "d: its router is included in no application that can be told",
            "e: registered after its router was included: whether it is served depends on the framework's version",
            "f: the router cannot be told: unknown",
            ": computed methods: settings.methods",
            ": what is included cannot be told",
            ": the handler cannot be told: settings.handler",
          ],
        });
      });

      it("is not led round in circles", async () => {
        expect(
          await found({
            "a.py":
              "from fastapi import APIRouter, FastAPI\nfrom b import router as other\nrouter = " +
              "APIRouter()\nrouter.include_router(router)\nrouter.include_router(other)\napp = " +
              "FastAPI()\napp.include_router(router)\nx = y\ny = x\n@x.get('/')\ndef f(): ...\n",
            "b.py":
              "from a import missing as gone\nfrom b import gone\nfrom fastapi import APIRouter\nrouter = " +
              "APIRouter()\nimport a\nrouter.include_router(a.router)\n@router.get('/b')\ndef g(): ...\n",
          }),
        ).toMatchObject({ routes: ["GET /b b.g a:app"] });
      });
    });

    describe("Flask", () => {
      it("follows blueprints in blueprints, prefixes of their registration, rules and views by methods", async () => {
        expect(
          await found({
            "site.py": `
          from flask import Blueprint, Flask
          from flask.views import MethodView, View
          class Base(MethodView):
              def get(self, name=None): ...
          class Pages(Base):
              decorators = []
              def put(self, name): ...
          class Raw(View):
              def dispatch_request(self): ...
          inner = Blueprint("inner", __name__, url_prefix="/inner/")
          outer = Blueprint("outer", __name__, url_prefix="/ignored")
          @inner.route("/")
          @inner.route("/all", methods=["GET", "POST"])
          def everything(): ...
          outer.register_blueprint(inner)
          app = Flask(__name__)
          app.register_blueprint(outer, url_prefix="/outer")
          app.add_url_rule("/pages/<string(length=2):name>", view_func=Pages.as_view("pages"))
          outer.add_url_rule("/raw", "raw", Raw.as_view("raw"), methods=["POST"])
          @app.delete("/x")
          def late(): ...
        `,
          }),
        ).toEqual({
          routes: [
            "GET /pages/<string(length=2):name> site.Base.get site:app",
            "PUT /pages/<string(length=2):name> site.Pages.put site:app",
            "GET /outer/inner/ site.everything site:app",
            "GET /outer/inner/all site.everything site:app",
            "POST /outer/inner/all site.everything site:app",
            "DELETE /x site.late site:app",
          ],
          rejected: [
            "dispatch_request: registered after its router was included: whether it is served depends on the " +
              "framework's version",
          ],
        });
      });
    });

    describe("Django", () => {
      it("follows URL patterns from the settings' root, with the methods that views allow", async () => {
        expect(
          await found({
            "config/settings.py": "ROOT_URLCONF = 'config.urls'\n",
            "config/urls.py": `
          from django.contrib import admin
          from django.urls import include, path, re_path
          from shop import views
          extra = [path("inner/", views.home)]
          urlpatterns = [
              path("admin/", admin.site.urls),
              path("shop/", include("shop.urls")),
              path("more/", include((extra, "more"))),
              path("other/", include("allauth.urls")),
          ]
          urlpatterns += [re_path(r"^year/(?P<year>[0-9]{4})/$", views.year), re_path(r"^(a|b)/$", views.year)]
        `,
            "shop/urls.py": `
          from django.urls import path
          from django.contrib.auth.decorators import login_required
          from . import views
          urlpatterns = [
              path("<int:pk>/", views.Item.as_view()),
              path("buy/", login_required(views.buy)),
              path("list/", views.Generic.as_view()),
          ]
        `,
            "shop/views.py": `
          from django.views import View
          from django.views.decorators.http import require_http_methods, require_POST
          from django.views.generic import ListView
          class Item(View):
              def get(self, request, pk): ...
              def post(self, request, pk): ...
          class Generic(ListView):
              model = None
          @require_POST
          def buy(request): ...
          @require_http_methods(["GET", "PUT"])
          def year(request, year): ...
          def home(request):
              if request.method == "POST":
                  pass
        `,
          }),
        ).toEqual({
          routes: [
            "GET /shop/<int:pk>/ shop.views.Item.get ",
            "POST /shop/<int:pk>/ shop.views.Item.post ",
            "POST /shop/buy/ shop.views.buy ",
            "GET /year/<year>/ shop.views.year ",
            "PUT /year/<year>/ shop.views.year ",
            "GET /more/inner/ shop.views.home ",
            "POST /more/inner/ shop.views.home ",
          ],
          rejected: [
            ": a regular expression that stands for no one path",
            ": the class Generic has no method of its own that answers",
          ],
        });
      });
    });

    it("tells of a route what a function's target tells, and where the route comes from", async () => {
      const files = shop("fastapi-shop");
      const { kept } = await run(files);
      const payment = (kept as Target[]).find(({ name }) => name === "pay_order");
      const handler = (await runStage(extract, files)).kept.find(
        (target) => (target as Target).name === "pay_order",
      ) as Target;
      const { id: _id, from: _from, ...same } = handler;
      expect(payment).toMatchObject({ ...same, targetKind: "route" });
      const paths = new Map(files.map(({ id, source }) => [id, source?.path]));
      expect(payment?.from.map((id) => paths.get(id))).toEqual([
        "shop/routers/orders.py",
        "shop/main.py",
        "shop/routers/__init__.py",
      ]);
    });

    it("reads a handler inside a function by itself, with what it needs of its module", async () => {
      const { kept } = await run([
        code(
          "main.py",
          `
      from fastapi import FastAPI
      import math
      LIMIT = 3
      def create_app():
          app = FastAPI()
          @app.get("/")
          def root(n: int):
              if n > LIMIT:
                  return math.inf
              return n
          return app
    `,
        ),
      ]);
      expect(kept).toMatchObject([
        {
          qualifiedName: "create_app.<locals>.root",
          signature: "def root(n: int)",
          complexity: 2,
          imports: ["import math"],
          helpers: ["LIMIT = 3"],
          code: '@app.get("/")\ndef root(n: int):\n    if n > LIMIT:\n        return math.inf\n    return n',
        },
      ]);
    });

    it("keeps sources apart, and accounts for files that no route comes from", async () => {
      const files = {
        "main.py":
          "from fastapi import FastAPI\napp = FastAPI()\nfrom items import router\napp.include_router(router)\n",
        "items.py": "from fastapi import APIRouter\nrouter = APIRouter()\n@router.get('/')\ndef f(): ...\n",
        "unused.py": "x = 1\n",
      };
      const one = Object.entries(files).map(([path, text]) => code(path, text));
      const other = code("items.py", files["items.py"], "other");
      const { kept, dropped, rejected } = await run(
        [...one, other, sourceFile("tests/test_it.py", "", { role: "test" })],
        { discover: "never" },
      );
      expect(shown(kept)).toEqual(["GET / items.f main:app"]);
      expect(rejected).toMatchObject([
        { reason: "its router is included in no application that can be told", record: other.id },
      ]);
      expect(dropped.map(({ reason }) => reason).toSorted()).toEqual([
        "no Python module of the project's own code",
        "no route: nothing in it leads to a handler",
        "no route: nothing in it leads to a handler",
      ]);
    });

    it("rejects a handler that is too long", async () => {
      const { kept, rejected } = await run(
        [
          code(
            "main.py",
            `from fastapi import FastAPI\napp = FastAPI()\n@app.get("/")\ndef f():\n${"    x = 1\n".repeat(9)}`,
          ),
        ],
        { maxLines: 10 },
      );
      expect(kept).toEqual([]);
      expect(rejected).toMatchObject([{ reason: "longer than 10 lines: 11", part: { method: "GET", path: "/" } }]);
    });

    async function found(files: Readonly<Record<string, string>>) {
      const { kept, rejected } = await run(
        Object.entries(files).map(([path, text]) => code(path, text)),
        { discover: "never" },
      );
      return {
        routes: shown(kept),
        rejected: rejected.map(({ part, reason }) => `${(part as { handler?: string }).handler ?? ""}: ${reason}`),
      };
    }
  },
  { inputs: shop("fastapi-shop") },
);

/** METHOD path handler application */
function shown(kept: readonly unknown[]): string[] {
  return (kept as Target[]).map(({ route }) =>
    [route?.method, route?.path, route?.handler, route?.application].join(" "),
  );
}

function code(path: string, text: string, project = "shop"): SourceFile {
  return sourceFile(path, dedent(text), {
    source: { ref: `folder:${project}`, name: project, version: "1", licence: "MIT", path },
  });
}

function shop(name: string): SourceFile[] {
  const folder = join(packageRoot, "test/cases", name, "input");
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".py"))
    .toSorted();
  return paths.map((path) => sourceFile(path, readFileSync(join(folder, path), "utf8")));
}

async function unitsOf(files: readonly SourceFile[]) {
  const { kept } = await runStage(extract, files, { kinds: ["function", "class"] });
  const count = (kind: string) => kept.filter((target) => (target as Target).targetKind === kind).length;
  return { files: files.length, functions: count("function"), classes: count("class") };
}
