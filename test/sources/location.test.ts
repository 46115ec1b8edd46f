import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseSourceRef } from "../../pipeline/sources/location.js";
import { readSourceList } from "../../pipeline/sources/list.js";
import { temporaryFolder } from "../support/pipelines.js";

const commit = "0123456789abcdef0123456789abcdef01234567";

it.each([
  ["pypi:toolz", { type: "pypi", name: "toolz", version: null }],
  ["pypi:Foo.Bar_baz@1.0rc1", { type: "pypi", name: "foo-bar-baz", version: "1.0rc1" }],
  ["git:https://host/owner/repo.git", { type: "git", url: "https://host/owner/repo.git", revision: null }],
  ["git:https://host/owner/repo@feature/x", { type: "git", url: "https://host/owner/repo", revision: "feature/x" }],
  [`git:https://host:8080/repo@${commit}`, { type: "git", url: "https://host:8080/repo", revision: commit }],
  ["git:git@host:owner/repo", { type: "git", url: "git@host:owner/repo", revision: null }],
  ["git:git@host:owner/repo@v1.2", { type: "git", url: "git@host:owner/repo", revision: "v1.2" }],
  ["git:ssh://git@host/owner/repo@main", { type: "git", url: "ssh://git@host/owner/repo", revision: "main" }],
  ["git:../repo@main", { type: "git", url: "../repo", revision: "main" }],
  ["git:https://host/r.git@fix/#12", { type: "git", url: "https://host/r.git", revision: "fix/#12" }],
  [
    "git:https://host/r.git@dependabot/npm/@types/node-20",
    { type: "git", url: "https://host/r.git", revision: "dependabot/npm/@types/node-20" },
  ],
  ["git:https://host/r@release%402", { type: "git", url: "https://host/r", revision: "release@2" }],
  ["git:git@host:o/r.git@50%25-off", { type: "git", url: "git@host:o/r.git", revision: "50%-off" }],
  ["git:../r.git@größe,'(a)&{b}=$c!", { type: "git", url: "../r.git", revision: "größe,'(a)&{b}=$c!" }],
  ["git:../repo@refs/pull/12/head", { type: "git", url: "../repo", revision: "refs/pull/12/head" }],
  ["folder:../mine@home", { type: "folder", path: "../mine@home" }],
  ["archive:dist/mine.whl", { type: "archive", path: "dist/mine.whl" }],
  ["list:repos.txt", { type: "list", path: "repos.txt" }],
])("%s", (ref, location) => {
  expect(parseSourceRef(ref)).toEqual(location);
});

describe("refuses, with the way to write it,", () => {
  it.each([
    ["toolz", /write pypi:toolz/u],
    ["https://host/owner/repo", /write git:https:\/\/host\/owner\/repo/u],
    ["git@host:owner/repo", /write git:git@host/u],
    ["../mine", /write folder:\.\.\/mine/u],
    ["dist/mine.whl", /write archive:dist\/mine\.whl/u],
    ["pypi:toolz==1.0.0", /write pypi:toolz@1\.0\.0/u],
    ["pypi:toolz[extra]", /write pypi:toolz/u],
    ["pypi:toolz@>=1", /write pypi:toolz for the newest/u],
    ["git:https://me:secret@host/repo", /credential helper/u],
    ["git:https://token@host/repo", /credential helper/u],
  ])("%s", (ref, hint) => {
    expect(() => parseSourceRef(ref)).toThrow(
      expect.objectContaining({ code: "reference", hint: expect.stringMatching(hint) }),
    );
  });

  it.each([
    "a b",
    "a..b",
    "a~1",
    "a^",
    "a:b",
    "a?",
    "a*",
    "a[b",
    "a\\b",
    "/a",
    "a/",
    "a//b",
    ".a",
    "a/.b",
    "a.lock",
    "a.",
    "@{1}",
    "a\tb",
    "-a",
  ])("%j, which git takes for no branch", (revision) => {
    expect(() => parseSourceRef(`git:https://host/r.git@${revision}`)).toThrow(
      expect.objectContaining({ code: "reference", hint: expect.stringContaining("git allows no") }),
    );
  });

  it.each([
    "https://me:s3cr3t@host/r.git",
    "https://s3cr3t@host/r.git@main",
    "ssh://git:s3cr3t@host/r.git",
    "https://host/r.git?private_token=s3cr3t",
    "oauth2:s3cr3t@host/r.git",
  ])("%s, without its secret", (url) => {
    expect(() => parseSourceRef(`git:${url}`)).toThrow(
      expect.objectContaining({
        code: "reference",
        message: expect.not.stringContaining("s3cr3t"),
        hint: expect.stringContaining("credential helper"),
      }),
    );
  });

  it.each([
    "pypi:",
    "git:ext::sh -c whoami",
    "git:--upload-pack=x",
    "git:https://host/r@--upload-pack",
    "npm:left-pad",
  ])("%s, which means nothing", (ref) => {
    expect(() => parseSourceRef(ref)).toThrow(expect.objectContaining({ code: "reference" }));
  });

  it("never a password in the message", () => {
    expect(() => parseSourceRef("git:https://me:secret@host/repo")).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining("secret") }),
    );
  });
});

describe("a list of sources", () => {
  it("names one a line, relative to its own folder", async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, "lists"));
    await writeFile(
      join(folder, "lists/repos.txt"),
      `# what we like\r\npypi:toolz@1.0.0\n\nhttps://host/owner/repo   # the default ` +
        `branch\ngit@host:o/r@v1\nfolder:../mine\ngit:../repo@main\nhttps://host/r.git@fix/#12\npypi:toolz@1.0.0\n`,
    );
    expect(await readSourceList("lists/repos.txt", folder)).toEqual([
      "pypi:toolz@1.0.0",
      "git:https://host/owner/repo",
      "git:git@host:o/r@v1",
      "folder:mine",
      "git:repo@main",
      "git:https://host/r.git@fix/#12",
    ]);
  });

  it("shows the line that is wrong", async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, "repos.txt"), "pypi:toolz\n  sortedcontainers\n");
    await expect(readSourceList("repos.txt", folder)).rejects.toMatchObject({
      code: "reference",
      locations: [{ file: join(folder, "repos.txt"), line: 2, column: 3, length: 16 }],
    });
  });

  it("is not empty, is there, and names no other list", async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, "empty.txt"), "# nothing\n");
    await writeFile(join(folder, "lists.txt"), "list:empty.txt\n");
    await expect(readSourceList("empty.txt", folder)).rejects.toThrow(/names no source/u);
    await expect(readSourceList("lists.txt", folder)).rejects.toThrow(/cannot name another list/u);
    await expect(readSourceList("none.txt", folder)).rejects.toThrow(
      /cannot read the list of sources .*none\.txt \(ENOENT\)/u,
    );
  });
});
