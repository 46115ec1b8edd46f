import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { preamble } from "../../../stages/python/lib/pytest-file.js";
import type { Target } from "../../../stages/python/lib/records.js";
import { testedTarget, unverified } from "../../../stages/tests/lib/evidence/pytest-evidence.js";
import routes from "../../../stages/python/routes.js";
import verify from "../../../stages/tests/verify.js";
import { sandboxed, type Sandboxed } from "../../sandbox/sandboxed.js";
import { type VirtualEnvironment, webEnvironment } from "../../sandbox/web-environment.js";
import { example, sourceFile } from "../../support/records.js";
import { runStage, type StageResult } from "../../support/run-stage.js";
import { dedent } from "../tests/verify-example.js";

let environment: VirtualEnvironment;
beforeAll(async () => {
  environment = await webEnvironment();
});
afterAll(async () => await environment.remove());

describe("FastAPI whose prefix comes from settings that have to be set", () => {
  const shelf = {
    "shelf/settings.py": `
      from pydantic import PostgresDsn
      from pydantic_settings import BaseSettings, SettingsConfigDict
      class Settings(BaseSettings):
          model_config = SettingsConfigDict(env_prefix="SHELF_")
          database_url: PostgresDsn
          secret_key: str
          page_size: int
          api_prefix: str = "/api"
      settings = Settings()
    `,
    "shelf/books.py": `
      from fastapi import APIRouter
      from shelf.settings import settings
      router = APIRouter()
      @router.get("/books/{number}")
      def read_book(number: int):
          if number > settings.page_size:
              return {"number": None}
          return {"number": number}
      async def added():
          return {}
      router.add_api_route("/books", added, methods=["POST"])
      lonely = APIRouter()
      @lonely.get("/lonely")
      def never_served(): ...
    `,
    "shelf/main.py": `
      from fastapi import FastAPI, WebSocket
      from fastapi.staticfiles import StaticFiles
      from shelf import books
      from shelf.settings import settings
      app = FastAPI()
      app.include_router(books.router, prefix=settings.api_prefix)
      app.mount("/static", StaticFiles(directory="static"))
      if settings.page_size:
          app.include_router(books.router, prefix="/more", include_in_schema=False)
      @app.websocket("/ws")
      async def socket(ws: WebSocket): ...
    `,
    "static/style.css": "",
  };

  it("finds the routes that the application lists, and says of the others why not", async () => {
    const { kept, rejected } = await routesOf(await sandboxOf(shelf), shelf);
    expect(shown(kept)).toEqual([
      "GET /api/books/{number} shelf.books.read_book shelf.main:app",
      "GET /more/books/{number} shelf.books.read_book shelf.main:app",
      "POST /api/books shelf.books.added shelf.main:app",
      "POST /more/books shelf.books.added shelf.main:app",
    ]);
    expect(rejected.map(({ reason }) => reason)).toEqual([
      "its router is included in no application that can be told",
      "a WebSocket: no test sends it a request",
    ]);
    expect((kept as Target[])[0]?.route?.environment).toEqual({
      SHELF_DATABASE_URL: expect.stringMatching(/^postgresql:/u) as string,
      SHELF_SECRET_KEY: expect.any(String) as string,
      SHELF_PAGE_SIZE: "10",
    });
  });

  it("runs tests with the settings that were found, which their file sets itself", async () => {
    const { kept, dropped } = await verified(
      await sandboxOf(shelf),
      shelf,
      "GET /api/books/{number}",
      `
      def test_there(client):
          assert client.get("/api/books/7").json() == {"number": 7}
      def test_beyond(client):
          assert client.get("/api/books/11").json() == {"number": None}
    `,
      { coverage: 1, measure: true },
    );
    expect(dropped).toEqual([]);
    expect(kept).toMatchObject([
      {
        evidence: {
          verdicts: [{ outcome: "passed" }, { outcome: "passed" }],
          coverage: { lines: 1 },
          mutants: { killed: expect.any(Number) as number },
        },
      },
    ]);
    expect((kept as unknown as { evidence: { preamble: string } }[])[0]?.evidence.preamble).toMatch(
      /^import os\n\nos\.environ\.setdefault\("SHELF_DATABASE_URL", "postgresql:/u,
    );
  });

  it("takes what the user names for it before any stand-in", async () => {
    const site = await sandboxOf(shelf, { SHELF_API_PREFIX: "/v2", SHELF_PAGE_SIZE: "3" });
    const { kept } = await routesOf(site, shelf);
    expect(shown(kept)[0]).toBe("GET /v2/books/{number} shelf.books.read_book shelf.main:app");
    expect(Object.keys((kept as Target[])[0]?.route?.environment ?? {})).toEqual([
      "SHELF_DATABASE_URL",
      "SHELF_SECRET_KEY",
    ]);
  });

  it("leaves the text's routes, and says why, where the application cannot be imported", async () => {
    const broken = {
      ...shelf,
      "shelf/settings.py": "import nowhere_to_be_found\nsettings = nowhere_to_be_found.settings\n",
    };
    const { kept, rejected } = await routesOf(await sandboxOf(broken), broken);
    expect(kept).toEqual([]);
    expect(rejected.map(({ code, reason, fix }) => [code, reason, fix])).toEqual(
      expect.arrayContaining([
        ["computed-prefix", "computed prefix: settings.api_prefix", undefined],
        [
          "application-not-asked",
          "shelf.main:app cannot be imported: ModuleNotFoundError: No module named 'nowhere_to_be_found'",
          "name the environment that has nowhere_to_be_found installed: --python .venv",
        ],
      ]),
    );
  });
});

describe.each([
  [
    "os.environ",
    "import os\nprefix = os.environ['URL_PREFIX']\nport = int(os.environ['PORT'])\n",
    { URL_PREFIX: "/stand-in", PORT: "8000" },
  ],
  [
    "a stand-in of another kind",
    "import os\nwords = os.environ['LEVELS'].split(',')\nprefix = '/%d' % int(os.environ['DEPTH'])\n",
    { LEVELS: "stand-in", DEPTH: "1" },
  ],
  [
    "what is None without it",
    "import os\nprefix = '/' + os.getenv('SHELF')\nother = os.getenv('NOT_NEEDED')\n",
    { SHELF: "stand-in" },
  ],
  [
    "python-decouple",
    "from decouple import config\nprefix = '/' + config('SHELF')\ndebug = config('DEBUG', default=False, " +
      "cast=bool)\nport = config('PORT', cast=int)\n",
    { SHELF: "stand-in", PORT: "8000" },
  ],
  [
    "words of its own",
    "import os, sys\nif not os.getenv('API_TOKEN'):\n    sys.exit('API_TOKEN is not set')\nprefix = '/x'\n",
    { API_TOKEN: expect.any(String) as string },
  ],
])("settings that are read by %s", (_, settings, wanted) => {
  it("get a stand-in that is taken", async () => {
    const files = {
      "config.py": settings,
      "site_app.py":
        "from flask import Blueprint, Flask\nimport config\nbp = Blueprint('bp', __name__)\n@bp.get('/x')\ndef x(): " +
        "return 'x'\napp = Flask(__name__)\napp.register_blueprint(bp, url_prefix=config.prefix)\n",
    };
    const { kept, rejected } = await routesOf(await sandboxOf(files), files);
    expect(rejected).toEqual([]);
    expect((kept as Target[]).map(({ route }) => route?.environment)).toEqual([wanted]);
  });
});

it("finds what libraries and loops register on a Flask application, and classes that inherit a handler", async () => {
  const files = {
    "site_app.py": `
      from flask import Flask
      from flask.views import MethodView
      import functools
      def create_app(settings):
          app = Flask(__name__)
          for name in settings.names:
              app.add_url_rule(f"/{name}", name, functools.partial(page, name))
          app.add_url_rule("/items", view_func=Items.as_view("items"))
          return app
      def page(name):
          return name
      class Base(MethodView):
          def get(self): return "base"
      class Items(Base):
          @staticmethod
          def post(): return "made"
    `,
    "wsgi.py":
      "import site_app\nclass Settings:\n    names = ['one', 'two']\napplication = site_app.create_app(Settings)\n",
  };
  const { kept, rejected } = await routesOf(await sandboxOf(files), files);
  expect(rejected).toEqual([]);
  expect(shown(kept)).toEqual([
    "GET /one site_app.page wsgi:application",
    "GET /two site_app.page wsgi:application",
    "GET /items site_app.Base.get wsgi:application",
    "POST /items site_app.Items.post wsgi:application",
  ]);
});

describe("Django", () => {
  const library = {
    "manage.py":
      "import os, sys\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'library.settings')\nfrom " +
      "django.core.management import execute_from_command_line\nif __name__ == '__main__':\n    " +
      "execute_from_command_line(sys.argv)\n",
    "library/settings.py": `
      from decouple import config
      SECRET_KEY = config("SECRET_KEY")
      DEBUG = True
      ROOT_URLCONF = "library.urls"
      INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "books"]
      DATABASES = {
          "default": {
              "ENGINE": "django.db.backends.postgresql",
              "NAME": config("DB_NAME"),
              "HOST": config("DB_HOST"),
          },
      }
      DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
      MIDDLEWARE = []
    `,
    "library/urls.py": `
      from django.conf import settings
      from django.conf.urls.i18n import i18n_patterns
      from django.urls import include, path, re_path
      from books import views
      prefix = settings.ROOT_URLCONF[:3]
      urlpatterns = [path(f"{prefix}/", include("books.urls")), re_path(r"^year/(?P<year>[0-9]{4})/$", views.year)]
      if settings.DEBUG:
          urlpatterns += [path("debug/", views.debug)]
    `,
    "books/urls.py":
      "from django.urls import path\nfrom . import views\nurlpatterns = [path('books/', views.books), path('list/', " +
      "views.BookList.as_view())]\n",
    "books/models.py":
      "from django.db import models\nclass Book(models.Model):\n    title = models.CharField(max_length=20)\n",
    "books/__init__.py": "",
    "books/views.py": `
      from django.http import HttpResponse, JsonResponse
      from django.views.decorators.http import require_http_methods
      from django.views.generic import ListView
      from .models import Book
      @require_http_methods(["GET", "POST"])
      def books(request):
          if request.method == "POST":
              Book.objects.create(title=request.POST["title"])
              return JsonResponse({"books": Book.objects.count()}, status=201)
          return JsonResponse({"books": Book.objects.count()})
      def year(request, year):
          return HttpResponse(year)
      def debug(request):
          return HttpResponse("debug")
      class BookList(ListView):
          model = Book
    `,
  };

  it("lists the URL patterns of the running project, by its settings", async () => {
    const { kept, rejected } = await routesOf(await sandboxOf(library), library);
    expect(rejected).toEqual([]);
    expect(shown(kept)).toEqual([
      "GET /lib/books/ books.views.books library.settings",
      "POST /lib/books/ books.views.books library.settings",
      "GET /year/<year>/ books.views.year library.settings",
      "GET /debug/ books.views.debug library.settings",
      "GET /lib/list/ books.views.BookList library.settings",
    ]);
  });

  it("gives each test of a route Django's client, and tables in memory that are empty", async () => {
    const { kept, dropped, rejected } = await verified(
      await sandboxOf(library),
      library,
      "POST /lib/books/",
      `
      def test_first(client):
          response = client.post("/lib/books/", {"title": "Emma"})
          assert (response.status_code, response.json()) == (201, {"books": 1})

      def test_again(client):
          from books.models import Book
          Book.objects.create(title="Persuasion")
          assert client.post("/lib/books/", {"title": "Emma"}).json() == {"books": 2}

      def test_elsewhere(client):
          assert client.get("/debug/").status_code == 200
    `,
      { measure: true },
    );
    expect(dropped).toEqual([]);
    expect(rejected).toMatchObject([{ reason: "cheat: never calls POST /lib/books/" }]);
    expect(kept).toMatchObject([
      {
        evidence: {
          verdicts: [
            { test: "test_first", outcome: "passed" },
            { test: "test_again", outcome: "passed" },
          ],
          mutants: { killed: expect.any(Number) as number },
        },
      },
    ]);
    const [evidence] = (kept as unknown as { evidence: { mutants: { killed: number } } }[]).map(
      (each) => each.evidence,
    );
    expect(evidence?.mutants.killed).toBeGreaterThan(0);
  });
});

async function sandboxOf(
  files: Readonly<Record<string, string>>,
  variables: Readonly<Record<string, string>> = {},
): Promise<Sandboxed> {
  const site = await sandboxed(Object.fromEntries(Object.entries(files).map(([path, text]) => [path, dedent(text)])), {
    python: environment.folder,
    variables,
  });
  onTestFinished(async () => await site.close());
  return site;
}

async function routesOf(site: Sandboxed, files: Readonly<Record<string, string>>): Promise<StageResult> {
  const python = Object.entries(files)
    .filter(([path]) => path.endsWith(".py"))
    .map(([path, text]) => sourceFile(path, dedent(text)));
  return await runStage(routes, python, {}, { services: { sandbox: site.api } });
}

async function verified(
  site: Sandboxed,
  files: Readonly<Record<string, string>>,
  route: string,
  code: string,
  options: object,
): Promise<StageResult> {
  const { kept } = await routesOf(site, files);
  const target = (kept as Target[]).find(({ route: each }) => `${each?.method} ${each?.path}` === route);
  if (target === undefined) throw new Error(`no route ${route}`);
  const services = { sandbox: site.api, sources: { fetch: async () => site.tree, tree: async () => site.tree } };
  return await runStage(
    verify,
    [example(dedent(code), { evidence: unverified(testedTarget(target), preamble(target)), source: target.source })],
    options,
    { services },
  );
}

/** METHOD path handler application */
function shown(kept: readonly unknown[]): string[] {
  return (kept as Target[]).map(({ route }) =>
    [route?.method, route?.path, route?.handler, route?.application].join(" "),
  );
}
