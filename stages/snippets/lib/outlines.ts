import { z } from "zod";
import { type LanguageFacts, languageFacts } from "../../read/lib/languages.js";

/** How the text of a language is told into parts: what stands at its head, and what begins a definition. */
export interface OutlineRules extends Pick<LanguageFacts, "lineComment" | "blockComment"> {
  /** A line at the top that all parts need: what is imported, what the language is told. */
  readonly header: RegExp;
  /** A line that begins a definition, with its name as the group `name`. */
  readonly definition: RegExp;
}

const never = /(?!)/u;
const identifier = String.raw`[A-Za-z_$][\w$]*`;
/** Two alternatives of a pattern may not have groups of one name. */
const [name, kind] = [`(?<name>${identifier})`, `(?<kind>${identifier})`];
const from = (...patterns: readonly string[]) => new RegExp(`^(?:${patterns.join("|")})`, "u");

/** A line of C and what is like it: a type, a name and a bracket, and no semicolon. */
const cFunction =
  String.raw`(?!(?:if|for|while|switch|return|else|do)\b)[A-Za-z_][\w\s:<>,*&~\[\]]*?` +
  String.raw`[\s*&]${name}\s*\([^;]*$`;

const patterns: Readonly<Record<string, Pick<OutlineRules, "header" | "definition">>> = {
  python: {
    header: from("import\\s", "from\\s+\\S+\\s+import\\b", "#!", "__future__"),
    definition: from(`(?:async\\s+)?def\\s+${name}`, `class\\s+${kind}`),
  },
  javascript: {
    header: from("import\\b", "(?:const|let|var)\\s.*=\\s*require\\(", "['\"]use strict['\"]", "#!"),
    definition: from(
      `(?:export\\s+)?(?:default\\s+)?(?:async\\s+)?function\\s*\\*?\\s*${name}`,
      `(?:export\\s+)?(?:default\\s+)?(?:abstract\\s+)?class\\s+${kind}`,
    ),
  },
  go: {
    header: from("package\\s", "import\\b"),
    definition: from(`func\\s+(?:\\([^)]*\\)\\s*)?${name}`, `type\\s+${kind}`),
  },
  rust: {
    header: from("use\\s", "extern\\s+crate\\b", "#!\\[", "mod\\s+\\w+;"),
    definition: from(
      "(?:pub(?:\\([^)]*\\))?\\s+)?(?:const\\s+|async\\s+|unsafe\\s+)*" +
        `(?:fn|struct|enum|trait|type|mod|macro_rules!)\\s+${name}`,
      "impl\\b",
    ),
  },
  java: {
    header: from("package\\s", "import\\s"),
    definition: from(
      `(?:(?:public|final|abstract|sealed|static)\\s+)*(?:class|interface|enum|record|@interface)\\s+${name}`,
    ),
  },
  c: {
    header: from("#\\s*(?:include|define|pragma|ifndef|ifdef|if|endif)\\b"),
    definition: from(`(?:typedef\\s+)?(?:struct|union|enum)\\s+${kind}`, cFunction),
  },
  cpp: {
    header: from("#\\s*(?:include|define|pragma|ifndef|ifdef|if|endif)\\b", "using\\s"),
    definition: from(`(?:template\\s*<.*>\\s*)?(?:class|struct|union|enum(?:\\s+class)?)\\s+${kind}`, cFunction),
  },
  ruby: {
    header: from("require(?:_relative)?\\b", "#!"),
    definition: from(`def\\s+(?:self\\.)?${name}`, `(?:class|module)\\s+${kind}`),
  },
  shell: {
    header: from("#!", "set\\s+[-+]", "(?:source|\\.)\\s"),
    definition: from(`(?:function\\s+)?${name}\\s*\\(\\)`, `function\\s+${kind}`),
  },
  autohotkey: {
    header: from("#(?:Requires|SingleInstance|Include|Warn|NoTrayIcon|ErrorStdOut|Dll|Use|Max|Input|Hot|Cl)\\w*"),
    definition: from(
      `class\\s+${kind}`,
      `(?!(?:if|while|loop|for|switch|return|catch|until)\\b)${name}\\([^)]*\\)\\s*(?:\\{|=>)`,
      '[^\\s;:"]{1,40}::',
    ),
  },
};

/** The option in which a pipeline file says how a definition begins in a language that is not known. */
export const definitionPatterns = z
  .record(z.string().min(1), z.string().refine(isPattern, "expected a regular expression, such as ^sub (?<name>\\w+)"))
  .default({})
  .describe(
    "How a top-level definition begins, by language: a regular expression for its first line, with the group `name` " +
      "for its name; for languages that are not known, or in another way than they are",
  );

function isPattern(text: string): boolean {
  try {
    return new RegExp(text, "u").source !== "";
  } catch {
    return false;
  }
}

/**
 * The rules of a language. One that is not known, or of which the pipeline file says how a definition begins, has what
 * is said there; without any, a text is told into paragraphs.
 * @param own how a definition begins, by language: a pattern, with the group `name` for its name
 */
export function outlineRules(language: string, own: Readonly<Record<string, string>> = {}): OutlineRules {
  const { lineComment = null, blockComment = null } = languageFacts(language) ?? {};
  const known = patterns[language === "typescript" ? "javascript" : language];
  const written = own[language];
  return {
    lineComment,
    // What a module or a function says of itself is no comment to Python, and one to people.
    blockComment: language === "python" ? ['"""', '"""'] : blockComment,
    header: known?.header ?? never,
    definition: written === undefined ? (known?.definition ?? never) : new RegExp(written, "u"),
  };
}
