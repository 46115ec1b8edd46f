// Reads a query string into an object: repeated names become lists, names without a value are true.
export function parseQuery(query) {
  const found = {};
  for (const part of query.replace(/^\?/, "").split("&")) {
    if (part === "") continue;
    const [name, value] = part.split("=").map((text) => decodeURIComponent(text.replaceAll("+", " ")));
    const said = value ?? true;
    found[name] = name in found ? [].concat(found[name], said) : said;
  }
  return found;
}

console.log(parseQuery("?a=1&b=two+words&a=3&c"));
// => { a: [ '1', '3' ], b: 'two words', c: true }
