/**
 * Reads the format of setup.cfg (Python's configparser): sections to keys to values. A value goes on in indented lines;
 * a line that begins with # or ; is a comment. Keys are lower-cased, with `-` as `_`.
 */
export function parseConfig(text: string): Map<string, Map<string, string>> {
  const sections = new Map<string, Map<string, string>>();
  let section: Map<string, string> | undefined;
  let key: string | undefined;
  for (const line of text.split(/\r?\n/u)) {
    if (line.trim() === "" || /^\s*[#;]/u.test(line)) continue;
    const [, header] = /^\[([^\]]+)\]/u.exec(line) ?? [];
    const [, name, value] = /^([^\s=:][^=:]*?)\s*[=:]\s*(.*)$/u.exec(line) ?? [];
    if (header !== undefined) {
      section = sections.get(header) ?? new Map<string, string>();
      sections.set(header, section);
      key = undefined;
    } else if (/^\s/u.test(line)) {
      if (key !== undefined) section?.set(key, `${section.get(key) ?? ""}\n${line.trim()}`.trim());
    } else if (name !== undefined) {
      key = name.toLowerCase().replaceAll("-", "_");
      section?.set(key, (value ?? "").trim());
    }
  }
  return sections;
}
