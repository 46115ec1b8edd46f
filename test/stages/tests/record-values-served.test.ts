import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { preamble } from "../../../stages/python/lib/pytest-file.js";
import type { Example } from "../../../pipeline/contract/records.js";
import type { Target } from "../../../stages/python/lib/records.js";
import { testedTarget, unverified } from "../../../stages/tests/lib/evidence/pytest-evidence.js";
import recordValues from "../../../stages/tests/record-values.js";
import routes from "../../../stages/python/routes.js";
import verify from "../../../stages/tests/verify.js";
import { sandboxed, type Sandboxed } from "../../sandbox/sandboxed.js";
import { type VirtualEnvironment, webEnvironment } from "../../sandbox/web-environment.js";
import { example, sourceFile } from "../../support/records.js";
import { runStage } from "../../support/run-stage.js";
import { dedent } from "./verify-example.js";

const views = `
import datetime, random, sqlite3, time, uuid

database = sqlite3.connect(":memory:", check_same_thread=False)
database.execute("create table books (title text)")
visits = []

def book(number):
    if number == 13:
        raise ValueError("no such shelf")
    return {"number": number, "tags": ["novel", "1815"], "title": "Emma"}

def loan(number):
    return {
        "book": {"number": number, "read_at": time.time()}, "copies": [{"code": random.random(), "place": "A1"}],
        "days": 14, "due": str(datetime.date.today()), "id": str(uuid.uuid4()),
    }

def add(title):
    database.execute("insert into books values (?)", (title,))
    (count,) = database.execute("select count(*) from books").fetchone()
    return {"count": count, "title": title}

def count():
    visits.append(1)
    return {"visits": len(visits)}
`;

const applications: Readonly<Record<string, string>> = {
  FastAPI: `
    from fastapi import FastAPI, HTTPException
    from fastapi.responses import PlainTextResponse
    import views
    app = FastAPI()
    @app.get("/books/{number}")
    def read_book(number: int):
        if number > 99:
            raise HTTPException(404, "no such book")
        return views.book(number)
    @app.get("/text", response_class=PlainTextResponse)
    def text():
        return "two books"
    @app.get("/loans/{number}")
    def read_loan(number: int):
        return views.loan(number)
    @app.post("/books", status_code=201)
    def add_book(book: dict):
        return views.add(book["title"])
    @app.get("/visits")
    def visits():
        return views.count()
  `,
  Flask: `
    from flask import Flask, abort, jsonify, request
    import views
    app = Flask(__name__)
    @app.get("/books/<int:number>")
    def read_book(number):
        if number > 99:
            abort(404)
        return jsonify(views.book(number))
    @app.get("/text")
    def text():
        return "two books"
    @app.get("/loans/<int:number>")
    def read_loan(number):
        return jsonify(views.loan(number))
    @app.post("/books")
    def add_book():
        return jsonify(views.add(request.json["title"])), 201
    @app.get("/visits")
    def visits():
        return jsonify(views.count())
  `,
};

let environment: VirtualEnvironment;
beforeAll(async () => {
  environment = await webEnvironment();
});
afterAll(async () => await environment.remove());

describe.each(Object.keys(applications))("%s", (framework) => {
  const files = { "views.py": views, "main.py": dedent(applications[framework] ?? "") };
  const json = framework === "Flask" ? "get_json()" : "json()";
  const text = framework === "Flask" ? "get_data(as_text=True)" : "text";
  let site: Sandboxed;
  let targets: readonly Target[];
  beforeAll(async () => {
    site = await sandboxed(files, { python: environment.folder });
    const python = Object.entries(files).map(([path, text]) => sourceFile(path, text));
    targets = (await runStage(routes, python, {}, { services: { sandbox: site.api } })).kept as Target[];
  });
  afterAll(async () => await site.close());

  const of = async (route: string, ...lines: readonly string[]) => {
    const target = targets.find(
      ({ route: each }) => `${each?.method} ${each?.path}`.replaceAll(/<int:(\w+)>/gu, "{$1}") === route,
    );
    if (target === undefined) throw new Error(`no route ${route}`);
    const services = { sandbox: site.api, sources: { fetch: async () => site.tree, tree: async () => site.tree } };
    const code = `def test_a(client):\n${lines.map((each) => `    ${each.replaceAll("json()", json)}`).join("\n")}`;
    const written = {
      ...example(code, { evidence: unverified(testedTarget(target), preamble(target)), source: target.source }),
      labels: { teacher: "model:tiny" },
    };
    const { kept, rejected } = await runStage(recordValues, [written], {}, { services });
    const [recorded] = kept as Example[];
    const passes = async () => (await runStage(verify, kept, {}, { services })).kept.length === 1;
    const body = (recorded?.response ?? "")
      .split("\n")
      .slice(1)
      .map((each) => each.slice(4).replaceAll(json, "json()"));
    return { body, open: rejected.map(({ reason }) => reason.replaceAll(json, "json()")), passes };
  };

  it("writes the status that a request has, and the body", async () => {
    const { body, open, passes } = await of(
      "GET /books/{number}",
      'response = client.get("/books/7")',
      "assert response.status_code == 201",
      'assert response.json() == {"number": 8}',
      'assert response.json()["title"] == "Persuasion"',
      'assert "novels" in response.json()["tags"]',
    );
    expect([body, open]).toEqual([
      [
        'response = client.get("/books/7")',
        "assert response.status_code == 200",
        'assert response.json() == {"number": 7, "tags": ["novel", "1815"], "title": "Emma"}',
        'assert response.json()["title"] == "Emma"',
        'assert response.json()["tags"] == ["novel", "1815"]',
      ],
      [],
    ]);
    expect(await passes()).toBe(true);
  });

  it("writes the text of an answer, and the exception of a handler", async () => {
    expect(await of("GET /text", `assert client.get("/text").${text} == "three books"`)).toMatchObject({
      body: [`assert client.get("/text").${text} == "two books"`],
      open: [],
    });
    expect(await of("GET /books/{number}", 'assert client.get("/books/100").status_code == 200')).toMatchObject({
      body: ['assert client.get("/books/100").status_code == 404'],
      open: [],
    });
    const { body, passes } = await of("GET /books/{number}", 'assert client.get("/books/13").status_code == 500');
    expect(body).toEqual(["with pytest.raises(ValueError):", '    client.get("/books/13").status_code']);
    expect(await passes()).toBe(true);
  });

  it("asserts the fields of a body that are the same each time, and says which are not", async () => {
    const { body, open, passes } = await of(
      "GET /loans/{number}",
      'response = client.get("/loans/7")',
      "assert response.status_code == 200",
      'assert response.json() == {"id": "1", "days": 7}',
    );
    expect(body).toEqual([
      'response = client.get("/loans/7")',
      "assert response.status_code == 200",
      "body = response.json()",
      'assert body["book"]["number"] == 7',
      'assert "read_at" in body["book"]',
      'assert len(body["copies"]) == 1',
      'assert "code" in body["copies"][0]',
      'assert body["copies"][0]["place"] == "A1"',
      'assert body["days"] == 14',
      'assert "due" in body',
      'assert "id" in body',
    ]);
    expect(open).toEqual([
      expect.stringContaining(
        'body["book"]["read_at"], body["copies"][0]["code"], body["due"], body["id"]; the other fields are asserted',
      ),
    ]);
    expect(await passes()).toBe(true);
  });

  it("takes a single field that moves out of a test", async () => {
    const { body, open, passes } = await of(
      "GET /loans/{number}",
      'body = client.get("/loans/7").json()',
      'assert body["id"] == "1"',
      'assert body["days"] == 7',
    );
    expect([body, open]).toEqual([
      ['body = client.get("/loans/7").json()', 'assert body["days"] == 14'],
      [expect.stringContaining("the test goes on without it")],
    ]);
    expect(await passes()).toBe(true);
  });

  it("records no count that depends on the requests before", async () => {
    const { body, open, passes } = await of(
      "POST /books",
      'response = client.post("/books", json={"title": "Emma"})',
      "assert response.status_code == 200",
      'assert response.json() == {"title": "Emma", "count": 0}',
    );
    expect(body).toEqual([
      'response = client.post("/books", json={"title": "Emma"})',
      "assert response.status_code == 201",
      "body = response.json()",
      'assert "count" in body',
      'assert body["title"] == "Emma"',
    ]);
    expect(open).toEqual([expect.stringContaining('body["count"]')]);
    expect(await passes()).toBe(true);
    expect(await of("GET /visits", 'assert client.get("/visits").json()["visits"] == 5')).toMatchObject({
      body: ['assert client.get("/visits").json()["visits"] == 5'],
      open: [expect.stringContaining("the second time, or after another test")],
    });
  });
});
