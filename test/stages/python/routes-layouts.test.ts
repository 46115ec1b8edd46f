import { describe, expect, it } from "vitest";
import type { SourceFile } from "../../../pipeline/contract/records.js";
import type { Target } from "../../../stages/python/lib/records.js";
import routes from "../../../stages/python/routes.js";
import { sourceFile } from "../../support/records.js";
import { runStage } from "../../support/run-stage.js";
import { dedent } from "../tests/verify-example.js";

describe("layouts that the frameworks' own documents show", () => {
  it("Flask: a package that makes the application, and views that import it and name no framework", async () => {
    expect(
      await found({
        "shelf/__init__.py": `
        from flask import Flask
        app = Flask(__name__)
        import shelf.views
        from shelf import api
      `,
        "shelf/views.py": `
        from shelf import app
        @app.route("/")
        def index(): ...
        @app.route("/books/<int:book_id>", methods=["GET", "DELETE"])
        def book(book_id): ...
      `,
        "shelf/api.py": `
        from . import app
        def health(): ...
        app.add_url_rule("/health", view_func=health)
        @app.post("/books")
        def add(): ...
      `,
      }),
    ).toEqual({
      routes: [
        "GET / shelf.views.index shelf:app",
        "GET /books/<int:book_id> shelf.views.book shelf:app",
        "DELETE /books/<int:book_id> shelf.views.book shelf:app",
        "GET /health shelf.api.health shelf:app",
        "POST /books shelf.api.add shelf:app",
      ],
      left: [],
    });
  });

  it(
    "Flask: a factory with blueprints, a rule for a name that has one already, and a view that is named apart from " +
      "its rule",
    async () => {
      expect(
        await found({
          "flaskr/__init__.py": `
        from flask import Flask
        def create_app(test_config=None):
            app = Flask(__name__, instance_relative_config=True)
            @app.route("/hello")
            def hello(): ...
            from . import db
            db.init_app(app)
            from . import auth, blog
            app.register_blueprint(auth.bp)
            app.register_blueprint(blog.bp)
            app.add_url_rule("/", endpoint="index")
            app.add_url_rule("/about", endpoint="about")
            @app.endpoint("about")
            def about(): ...
            return app
      `,
          "flaskr/db.py": "def init_app(app):\n    app.teardown_appcontext(print)\n",
          "flaskr/auth.py":
            "from flask import Blueprint\nbp = Blueprint('auth', __name__, url_prefix='/auth')\n@bp.route('/login', " +
            "methods=('GET', 'POST'))\ndef login(): ...\n",
          "flaskr/blog.py":
            "from flask import Blueprint\nbp = Blueprint('blog', __name__)\n@bp.route('/')\ndef index(): ...\n",
        }),
      ).toEqual({
        routes: [
          "GET /hello flaskr.create_app.<locals>.hello flaskr:create_app()",
          "GET /about flaskr.create_app.<locals>.about flaskr:create_app()",
          "GET /auth/login flaskr.auth.login flaskr:create_app()",
          "POST /auth/login flaskr.auth.login flaskr:create_app()",
          "GET / flaskr.blog.index flaskr:create_app()",
        ],
        left: [],
      });
    },
  );

  it("Flask: blueprints whose routes are in another module of their package", async () => {
    expect(
      await found({
        "app/__init__.py":
          "from flask import Flask\nfrom config import Config\ndef create_app(config_class=Config):\n    app = " +
          "Flask(__name__)\n    from app.main import bp as main_bp\n    app.register_blueprint(main_bp, " +
          "url_prefix='/m')\n    return app\n",
        "app/main/__init__.py":
          "from flask import Blueprint\nbp = Blueprint('main', __name__)\nfrom app.main import routes\n",
        "app/main/routes.py": "from app.main import bp\n@bp.route('/')\ndef index(): ...\n",
        "config.py": "class Config: ...\n",
        "app/tasks.py": "from app import create_app\napp = create_app()\n",
        "shelf.py": "from app import create_app\napp = create_app()\n",
      }),
    ).toEqual({ routes: ["GET /m/ app.main.routes.index shelf:app"], left: [] });
  });

  describe("FastAPI: a loop over the modules of several routers", () => {
    const parts = Object.fromEntries(
      ["a", "b"].map((name) => [
        `routers/${name}.py`,
        `from fastapi import APIRouter\nrouter = APIRouter(prefix="/${name}")\n@router.get("/")\ndef read_${name}` +
          `(): ...\n`,
      ]),
    );
    it.each([
      "from routers import a, b\nfor module in (a, b):\n    app.include_router(module.router)\n",
      "from routers import a, b\nmodules = [a, b]\nfor module in modules:\n    " +
        "app.include_router(router=module.router)\n",
      "from routers.a import router as one\nfrom routers.b import router as other\nfor router in [one, other]:\n    " +
        "app.include_router(router)\n",
      "from routers import a, b\nfor router in (a.router, b.router):\n    app.include_router(router)\n",
    ])("%j", async (loop) => {
      expect(await found({ ...parts, "main.py": `from fastapi import FastAPI\napp = FastAPI()\n${loop}` })).toEqual({
        routes: ["GET /a/ routers.a.read_a main:app", "GET /b/ routers.b.read_b main:app"],
        left: [],
      });
    });
  });

  it(
    "FastAPI and Flask: what a loop gives each router cannot be told from the text, and none of them is lost in " +
      "silence",
    async () => {
      const parts = Object.fromEntries(
        ["a", "b"].map((name) => [
          `${name}.py`,
          `from fastapi import APIRouter\nrouter = APIRouter()\nPREFIX = "/${name}"\n@router.get("/")\ndef read_` +
            `${name}(): ...\n`,
        ]),
      );
      expect(
        await found({
          ...parts,
          "main.py":
            "from fastapi import FastAPI\nimport a\nimport b\napp = FastAPI()\nfor module in (a, b):\n    " +
            "app.include_router(module.router, prefix=module.PREFIX)\n",
        }),
      ).toEqual({
        routes: [],
        left: ["read_a: computed prefix: module.PREFIX", "read_b: computed prefix: module.PREFIX"],
      });
      const prints = Object.fromEntries(
        ["a", "b"].map((name) => [
          `${name}.py`,
          `from flask import Blueprint\nbp = Blueprint("${name}", __name__, url_prefix="/${name}")\n` +
            `@bp.get("/")\ndef read_${name}(): ...\n`,
        ]),
      );
      expect(
        await found({
          ...prints,
          "main.py":
            "from flask import Flask\nimport a\nimport b\napp = Flask(__name__)\nfor module in (a, b):\n    " +
            "app.register_blueprint(module.bp)\n",
        }),
      ).toEqual({
        routes: ["GET /a/ a.read_a main:app", "GET /b/ b.read_b main:app"],
        left: [],
      });
    },
  );

  it("Starlette: mounts in a loop", async () => {
    expect(
      await found({
        "main.py": `
        from starlette.applications import Starlette
        from starlette.routing import Route
        def one(request): ...
        def two(request): ...
        first = Starlette(routes=[Route("/one", one)])
        second = Starlette(routes=[Route("/two", two)])
        app = Starlette()
        for part in (first, second):
            app.mount("/parts", part)
      `,
      }),
    ).toEqual({ routes: ["GET /parts/one main.one main:app", "GET /parts/two main.two main:app"], left: [] });
  });

  it("Django: patterns that are added to, in a branch or not, and what Django itself adds", async () => {
    expect(
      await found({
        "config/settings.py": "ROOT_URLCONF = 'config.urls'\n",
        "config/urls.py": `
        from django.conf import settings
        from django.conf.urls.static import static
        from django.contrib.staticfiles.urls import staticfiles_urlpatterns
        from django.urls import include, path
        from . import views
        urlpatterns = [path("", views.home), *[path("splat/", views.splat)]] + static("/media/", document_root="media")
        urlpatterns += [path("more/", views.more)]
        urlpatterns.append(path("last/", views.last))
        urlpatterns.extend([path("extended/", views.extended)])
        urlpatterns = urlpatterns + [path("sum/", views.sum_up)]
        urlpatterns += staticfiles_urlpatterns()
        if settings.DEBUG:
            urlpatterns += static(settings.MEDIA_URL, document_root=settings.MEDIA_ROOT)
            urlpatterns += [path("debug/", views.debug)]
            import debug_toolbar
            urlpatterns = [path("__debug__/", include(debug_toolbar.urls))] + urlpatterns
        urlpatterns += settings.EXTRA_PATTERNS
      `,
        "config/views.py": ["home", "splat", "more", "last", "extended", "sum_up", "debug"]
          .map((name) => `def ${name}(request): ...\n`)
          .join(""),
      }),
    ).toEqual({
      routes: [
        "GET / config.views.home ",
        "GET /splat/ config.views.splat ",
        "GET /more/ config.views.more ",
        "GET /last/ config.views.last ",
        "GET /extended/ config.views.extended ",
        "GET /sum/ config.views.sum_up ",
      ],
      left: [
        ": registered in a branch: whether it is served is known only at run time",
        ": registered in a branch: whether it is served is known only at run time",
        ": computed: these patterns cannot be told: settings.EXTRA_PATTERNS",
      ],
    });
  });
});

/** METHOD path handler application, and why others are left out. */
async function found(files: Readonly<Record<string, string>>) {
  const { kept, rejected } = await runStage(
    routes,
    Object.entries(files).map(([path, text]) => code(path, text)),
    { discover: "never" },
  );
  return {
    routes: (kept as Target[]).map(({ route }) =>
      [route?.method, route?.path, route?.handler, route?.application].join(" "),
    ),
    left: rejected.map(({ part, reason }) => `${(part as { handler?: string }).handler ?? ""}: ${reason}`),
  };
}

function code(path: string, text: string): SourceFile {
  return sourceFile(path, dedent(text), {
    source: { ref: "folder:shop", name: "shop", version: "1", licence: "MIT", path },
  });
}
