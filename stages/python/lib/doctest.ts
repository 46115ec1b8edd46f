/** One interactive example of a docstring. */
export interface DoctestExample {
  /** The statement, without prompts. */
  readonly source: string;
  /** The expected output, without its last line end; empty where none is expected. */
  readonly want: string;
  /** What `# doctest: +NAME` says, by name. */
  readonly flags: ReadonlyMap<string, boolean>;
  /** Number of the paragraph: examples with nothing between them share one. */
  readonly paragraph: number;
}

/** The examples of a docstring, by the rules of Python's own doctest. */
export function parseDoctests(docstring: string): DoctestExample[] {
  const lines = docstring.split("\n");
  const examples: DoctestExample[] = [];
  let paragraph = 0;
  let row = 0;
  while (row < lines.length) {
    const prompt = /^( *)>>>(?: |$)/u.exec(lines[row] ?? "");
    if (prompt === null) {
      paragraph += 1;
      row += 1;
      continue;
    }
    const indent = prompt[1] ?? "";
    const sourceLines = [(lines[row] ?? "").slice(indent.length + 4)];
    row += 1;
    for (; isContinuation(lines[row], indent); row += 1) sourceLines.push((lines[row] ?? "").slice(indent.length + 4));
    const wantLines: string[] = [];
    for (; isOutput(lines[row]); row += 1) wantLines.push(withoutIndent(lines[row] ?? "", indent));
    const source = sourceLines.join("\n");
    examples.push({ source: withoutDirectives(source), want: wantLines.join("\n"), flags: flagsOf(source), paragraph });
  }
  return examples;
}

function isContinuation(line: string | undefined, indent: string): boolean {
  return (
    line !== undefined &&
    line.startsWith(`${indent}...`) &&
    (line.length === indent.length + 3 || line[indent.length + 3] === " ")
  );
}

function isOutput(line: string | undefined): boolean {
  return line !== undefined && line.trim() !== "" && !/^ *>>>(?: |$)/u.test(line);
}

function withoutIndent(line: string, indent: string): string {
  return line.startsWith(indent) ? line.slice(indent.length) : line.trimStart();
}

const directive = /[ \t]*#\s*doctest:\s*([^\n'"]*)$/gmu;

function flagsOf(source: string): ReadonlyMap<string, boolean> {
  const flags = new Map<string, boolean>();
  for (const [, written = ""] of source.matchAll(directive)) {
    for (const [, sign, name = ""] of written.matchAll(/([+-])\s*(\w+)/gu)) flags.set(name, sign === "+");
  }
  return flags;
}

function withoutDirectives(source: string): string {
  return source.replaceAll(directive, "").trimEnd();
}
