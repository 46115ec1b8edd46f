import { expect, it } from "vitest";
import { PipelineError, serializeError } from "../../pipeline/system/errors.js";
import { holdsSecret, maskSecrets } from "../../pipeline/system/secrets.js";

const secret = "s3cr3tS3cr3tS3cr3tS3cr3t";

it.each([
  `https://user:${secret}@host/x.git`,
  `https://${secret}@host/x.git`,
  `https://${secret}:x-oauth-basic@host/x.git`,
  `http://oauth2:${secret}@host:8080/x.git@main`,
  `https://user:${secret.slice(0, 8)}/${secret.slice(8)}@host/x.git`,
  `https://user:${secret}@with@signs@host/x`,
  `ssh://git:${secret}@host/x.git`,
  `git+https://${secret}@host/x`,
  `git+ssh://git:${secret}@host/x`,
  `oauth2:${secret}@host/x.git`,
  `https%3A%2F%2Fuser%3A${secret}%40host%2Fx`,
  `ftp://me:${secret}@host`,
  `https://host/x.git?private_token=${secret}`,
  `https://host/x?a=1&access_token=${secret}&b=2`,
  `https://host/simple?api_key=${secret}`,
  `https://host/x#token=${secret}`,
  `https://host/x?X-Amz-Signature=${secret}`,
  `https://host/x?sig=${secret}`,
  `https://host/x?X-Amz-Credential=${secret}`,
  `Authorization: Bearer ${secret}`,
  `authorization: Basic ${secret}==`,
  `PRIVATE: bearer ${secret}`,
  `the token ghp_${secret} is no good`,
  `glpat-${secret}`,
  `hf_${secret}`,
  `github_pat_${secret}`,
  `npm_${secret}`,
  `AKIA${secret.toUpperCase()}`,
  `pypi-AgE${secret}`,
  `sk-ant-${secret}`,
  `error: 'https://user:${secret}@host/x' and https://${secret}@other/y too`,
])("takes the secret out of %s", (text) => {
  const masked = maskSecrets(text);
  for (const part of [secret, secret.slice(0, 8), secret.slice(8)])
    expect(masked.toLowerCase()).not.toContain(part.toLowerCase());
  expect(masked).toContain("…");
  expect(maskSecrets(masked)).toBe(masked);
});

it.each([
  "https://host/owner/repo.git@feature/x",
  "https://host:8080/repo@v1",
  "git@host:owner/repo@v1.2",
  "ssh://git@host/owner/repo@main",
  "pypi:toolz@1.0.0",
  "git:../repo@main",
  "mail jane@example.org",
  "https://host/x?ref=main&page=2",
  "https://host/x?design=plain",
  "hf:owner/repo@main/model.gguf",
  "file:///home/me/x@y",
  "key: value",
  "sk-learn",
  "https://host/@scope/name",
  "the tokens are 12, key=3",
  "hf_hub_download",
  "https://host/x?monkey=1",
  "@decorator",
  "http://localhost:8080/v1",
])("leaves alone: %s", (text) => {
  expect(maskSecrets(text)).toBe(text);
  expect(holdsSecret(text)).toBe(false);
});

it("is done to every error, whoever throws it", () => {
  const error = new PipelineError(`cannot reach https://${secret}@host/x`, {
    code: "source",
    hint: `try: git ls-remote https://me:${secret}@host/x`,
    cause: new Error(secret),
  });
  expect(JSON.stringify([error.message, error.hint, error.stack, serializeError(error)])).not.toContain(secret);
  expect(JSON.stringify(serializeError(new Error(`https://${secret}@host`)))).not.toContain(secret);
});
