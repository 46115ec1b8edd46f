/**
 * A text without what gives access to something: user names and passwords of addresses, tokens in their queries, tokens
 * by the forms that are known, and headers. `mask` answers what stands instead.
 */
export function maskSecrets(text: string, mask: (secret: string) => string = () => "…"): string {
  return forms.reduce(
    (masked, { pattern, isSecret = () => true }) =>
      masked.replaceAll(pattern, (whole: string, before: string, secret: string) =>
        secret === "" || secret.startsWith("…") || !isSecret(before)
          ? whole
          : before + mask(secret) + whole.slice(before.length + secret.length),
      ),
    text,
  );
}

/** Whether a text holds what `maskSecrets` takes out. */
export function holdsSecret(text: string): boolean {
  return maskSecrets(text) !== text;
}

interface Form {
  /** What stands before a secret, the secret, and perhaps more. */
  readonly pattern: RegExp;
  readonly isSecret?: (before: string) => boolean;
}

/** How the tokens begin that services hand out. */
const tokenBeginnings = [
  "gh[pousr]_|github_pat_|hf_|npm_|sk-(?:ant-|proj-)?|xox[abeprs]-",
  "gl(?:pat|oas|dt|rt|ptt|cbt|soat|ft|imt|agent)-",
  "pypi-AgE",
];

const forms: readonly Form[] = [
  // https://user:password@host, https://token@host. The login name of ssh is none; a password behind it is.
  { pattern: /(\b(?:(?!ssh\b)[a-z][\w.+-]*):\/\/)([^\s/?#"'<>]*)@/giu },
  { pattern: /(\b(?:git\+)?ssh:\/\/[^\s/:@"'<>]*:)([^\s/?#"'<>]*)@/giu },
  // A password with a slash in it: no port is written so.
  { pattern: /(\b[a-z][\w.+-]*:\/\/(?=[^\s/:@"'<>]+:(?!\d*(?:[/?#]|$))))([^\s"'<>]*)@/giu },
  { pattern: /(\b[a-z][\w.+-]*%3a%2f%2f)([^\s/?#"'<>&]*?)%40/giu },
  { pattern: /(\b(?:oauth2|x-access-token|x-token-auth|gitlab-ci-token):)([^\s@/"'<>]+)@/giu },
  // ?access_token=..., also in a fragment.
  { pattern: /([?&;#][\w.~%-]+=)([^\s&;#"'<>]+)/gu, isSecret: (before) => secretName.test(before.slice(1, -1)) },
  { pattern: /(\b(?:proxy-)?authorization["']?\s*[:=]\s*["']?(?:(?:basic|bearer|token)\s+)?)([^\s"',;]+)/giu },
  { pattern: /(\bbearer\s+)([\w.~+/-]{16,}=*)/giu },
  { pattern: new RegExp(String.raw`(\b(?:${tokenBeginnings.join("|")}))([\w-]{16,})`, "gu") },
  { pattern: /(\bA(?:KIA|SIA)|\bAIza)([0-9A-Za-z_-]{16,})/gu },
];

const secretName =
  /(?:^|[_.-])(?:auth|sig|key|pwd|jwt|session|sessionid|code)$|token|secret|passw|apikey|signature|credential/iu;
