/** Sorts and filters the table of targets. It runs in the reader's browser, with nothing but the page. */
export const script = `
const table = document.querySelector("table.targets");
const body = table.tBodies[0];
const rows = [...body.rows];
const form = document.querySelector("form.filters");
const keyOf = (row, column) => {
  const cell = row.cells[column];
  return cell.dataset.sort === undefined ? cell.textContent.toLowerCase() : Number(cell.dataset.sort);
};
const filter = () => {
  const { text, model, outcome } = form.elements;
  let shown = 0;
  for (const row of rows) {
    const isWanted = row.cells[0].textContent.toLowerCase().includes(text.value.toLowerCase())
      && ${isChosen("model")} && ${isChosen("outcome")};
    row.hidden = !isWanted;
    shown += isWanted ? 1 : 0;
  }
  form.querySelector("output").textContent = shown + " of " + rows.length;
};
form.addEventListener("input", filter);
form.addEventListener("submit", (event) => event.preventDefault());
for (const [column, header] of [...table.tHead.rows[0].cells].entries()) {
  header.firstElementChild.addEventListener("click", () => {
    const isDescending = header.ariaSort === "ascending";
    for (const other of table.tHead.rows[0].cells) other.ariaSort = null;
    header.ariaSort = isDescending ? "descending" : "ascending";
    rows.sort((one, other) => {
      const [a, b] = [keyOf(one, column), keyOf(other, column)];
      return (a < b ? -1 : a > b ? 1 : 0) * (isDescending ? -1 : 1);
    });
    body.append(...rows);
  });
}
`;

/** Whether a row has the value that a list of the form is set to, or the list is set to all. */
function isChosen(name: string): string {
  return `(${name}.value === "" || row.dataset.${name} === ${name}.value)`;
}
