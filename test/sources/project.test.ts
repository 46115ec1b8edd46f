import { describe, expect, it } from "vitest";
import { describeProject } from "../../pipeline/sources/project.js";
import { parseConfig } from "../../pipeline/sources/ini.js";
import { temporaryFolder } from "../support/pipelines.js";
import { writeFiles } from "./support/repository.js";

async function describeFiles(files: Readonly<Record<string, string>>) {
  const folder = await temporaryFolder();
  await writeFiles(folder, files);
  return describeProject(folder);
}

describe("requirements", () => {
  const table: readonly (readonly [string, Readonly<Record<string, string>>, readonly string[]])[] = [
    [
      "of pyproject.toml",
      { "pyproject.toml": '[project]\nname = "x"\ndependencies = ["attrs>=20", "tomli; python_version < \'3.11\'"]\n' },
      ["attrs>=20", "tomli; python_version < '3.11'"],
    ],
    [
      "of pyproject.toml, which may name none",
      { "pyproject.toml": "[project]\ndependencies = []\n", "requirements.txt": "pytest\n" },
      [],
    ],
    [
      "of the files that setuptools reads",
      {
        "pyproject.toml":
          '[project]\ndynamic = ["dependencies"]\n[tool.setuptools.dynamic]\ndependencies = { file = ' +
          '["deps/base.txt"] }\n',
        "deps/base.txt": "attrs\n",
      },
      ["attrs"],
    ],
    [
      "of setup.cfg",
      {
        "setup.cfg":
          "[options]\ninstall_requires =\n    attrs>=20\n    # a comment\n    rich ; python_version > '3.8'\n",
      },
      ["attrs>=20", "rich ; python_version > '3.8'"],
    ],
    [
      "of a file that setup.cfg names",
      {
        "setup.cfg": "[options]\ninstall_requires = file: requirements/core.txt\n",
        "requirements/core.txt": "attrs\n",
      },
      ["attrs"],
    ],
    [
      "of requirements.txt where nothing else says",
      {
        "requirements.txt":
          "attrs>=20  # why\n-r other.txt\n--index-url https://x\nrich==1.0 \\\n  --hash=sha256:abc\n-e " +
          ".\ngit+https://host/x\nx @ https://host/x.whl\n\n",
      },
      ["attrs>=20", "rich==1.0"],
    ],
    [
      "of Poetry's own table",
      {
        "pyproject.toml":
          '[tool.poetry.dependencies]\npython = "^3.8"\nattrs = "^20.1"\nrich = { version = "~1.2.3", markers = ' +
          '"sys_platform == \'linux\'" }\nold = "^0.2.3"\nany = "*"\nexact = "1.0"\nrange = ">=1, <2"\nopt = { ' +
          'version = "1", optional = true }\nlocal = { path = "../x" }\nmany = [{ version = "1", python = "<3.8" }, ' +
          '{ version = "2" }]\nwith = { version = ">=1", extras = ["a", "b"] }\n',
      },
      [
        "attrs>=20.1,<21",
        "rich>=1.2.3,<1.3; sys_platform == 'linux'",
        "old>=0.2.3,<0.3",
        "any",
        "exact==1.0",
        "range>=1,<2",
        "many",
        "with[a,b]>=1",
      ],
    ],
    [
      "of the folder that the code is run from",
      { "backend/requirements.txt": "fastapi\n", "backend/main.py": "import models\n", "backend/models.py": "" },
      ["fastapi"],
    ],
    ["none of a broken pyproject.toml", { "pyproject.toml": "[project\n", "requirements.txt": "attrs\n" }, ["attrs"]],
    [
      "none of setup.py, which would have to be run",
      { "setup.py": 'open("/tmp/ran", "w"); setup(install_requires=["attrs"])' },
      [],
    ],
    [
      "none from outside the source",
      { "setup.cfg": "[options]\ninstall_requires = file: ../../../etc/hostname\n" },
      [],
    ],
  ];
  it.each(table)("%s", async (_, files, requirements) => {
    expect((await describeFiles(files)).requirements).toEqual(requirements);
  });
});

describe("import roots", () => {
  const table: readonly (readonly [string, Readonly<Record<string, string>>, readonly string[]])[] = [
    ["of a flat layout", { "pkg/__init__.py": "" }, [""]],
    ["of a src layout", { "src/pkg/__init__.py": "" }, ["src"]],
    ["of a src layout with a namespace", { "src/space/pkg/__init__.py": "" }, ["src"]],
    ["of a package that is called src", { "src/__init__.py": "" }, [""]],
    [
      "as setup.cfg says",
      { "setup.cfg": "[options]\npackage_dir =\n    = lib\n[options.packages.find]\nwhere = lib\n", "src/x.py": "" },
      ["lib"],
    ],
    ["as setuptools says", { "pyproject.toml": '[tool.setuptools]\npackage-dir = { "" = "./python/" }\n' }, ["python"]],
    [
      "as setuptools' search says",
      { "pyproject.toml": '[tool.setuptools.packages.find]\nwhere = ["a", "b"]\n' },
      ["a", "b"],
    ],
    ["as Poetry says", { "pyproject.toml": '[tool.poetry]\npackages = [{ include = "x", from = "lib" }]\n' }, ["lib"]],
    [
      "as Hatch says",
      { "pyproject.toml": '[tool.hatch.build.targets.wheel]\npackages = ["src/pkg", "tools/more"]\n' },
      ["src", "tools"],
    ],
    [
      "of a folder whose scripts import from beside them",
      {
        "backend/main.py": "from routers import auth\n",
        "backend/routers/auth.py": "import models\n",
        "backend/models.py": "",
      },
      ["backend", ""],
    ],
    [
      "of it, with an __init__.py that makes it no package",
      { "backend/__init__.py": "", "backend/main.py": "from routers import auth\n", "backend/routers/__init__.py": "" },
      ["backend", ""],
    ],
    [
      "of a folder that is imported from by its name",
      {
        "backend/main.py": "from backend.routers import auth\nimport types\n",
        "backend/routers/auth.py": "",
        "backend/types.py": "",
      },
      [""],
    ],
    [
      "of a package whose modules have the names of others",
      {
        "shop/__init__.py": "",
        "shop/redis.py": "import redis\nfrom . import models\n",
        "shop/models.py": "import json\n",
        "shop/json.py": "",
      },
      [""],
    ],
    [
      "of Django's manage.py",
      {
        "site/manage.py": "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'site.settings')\n",
        "site/polls/views.py": "from . import models\n",
      },
      ["site", ""],
    ],
    [
      "of a src that is imported by its name",
      { "src/auth/router.py": "from src.auth import service\n", "src/auth/service.py": "" },
      [""],
    ],
    [
      "of two services that hold modules of one name: one of them",
      { "a/main.py": "import models\n", "a/models.py": "", "b/main.py": "import models\n", "b/models.py": "" },
      ["a", ""],
    ],
    [
      "but of no tests, examples or scripts",
      {
        "tests/test_a.py": "import helpers\n",
        "tests/helpers.py": "",
        "examples/one/run.py": "import two\n",
        "examples/one/two.py": "",
      },
      [""],
    ],
    [
      "of a folder beside a src that holds no Python",
      { "src/components/x.ts": "", "backend/main.py": "import models\n", "backend/models.py": "" },
      ["backend", ""],
    ],
    ["never outside the source", { "pyproject.toml": '[tool.setuptools]\npackage-dir = { "" = "../.." }\n' }, [""]],
  ];
  it.each(table)("%s", async (_, files, roots) => {
    expect((await describeFiles(files)).importRoots).toEqual(roots);
  });
});

describe("the declared licence", () => {
  it.each([
    ['[project]\nlicense = "MIT"\n', "", { expression: "MIT" }],
    [
      '[project]\nlicense = { text = "BSD" }\nclassifiers = ["License :: OSI Approved :: BSD License"]\n',
      "",
      { text: "BSD", classifiers: ["License :: OSI Approved :: BSD License"] },
    ],
    ['[tool.poetry]\nlicense = "Apache-2.0"\n', "", { text: "Apache-2.0" }],
    [
      "",
      "[metadata]\nlicense = MIT\nclassifiers =\n    License :: OSI Approved :: MIT License\n    Topic :: X\n",
      { text: "MIT", classifiers: ["License :: OSI Approved :: MIT License", "Topic :: X"] },
    ],
  ])("of %j and %j", async (pyproject, setup, declared) => {
    expect((await describeFiles({ "pyproject.toml": pyproject, "setup.cfg": setup })).declaredLicence).toMatchObject(
      declared,
    );
  });

  it("comes with the licence files at the top and in LICENSES", async () => {
    const { licenceFiles } = await describeFiles({
      "LICENSE.md": "",
      COPYING: "",
      "LICENSES/MIT.txt": "",
      "pkg/LICENSE": "",
      "licence.py": "",
    });
    expect(licenceFiles).toEqual(["COPYING", "LICENSE.md", "LICENSES/MIT.txt"]);
  });
});

it("setup.cfg is read as Python's configparser reads it", () => {
  const sections = parseConfig("# c\n[Options]\nInstall-Requires: a\n  b\n\n  c\n; d\nempty =\n[other]\nkey = x = y\n");
  expect(sections.get("Options")?.get("install_requires")).toBe("a\nb\nc");
  expect(sections.get("Options")?.get("empty")).toBe("");
  expect(sections.get("other")?.get("key")).toBe("x = y");
});
