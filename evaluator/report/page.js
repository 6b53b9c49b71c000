// Tables are sorted by a click on a heading; without scripts they stay as they are written.
"use strict";

function key(row, column) {
  const cell = row.cells[column];
  const written = cell ? cell.dataset.sort ?? cell.textContent.trim() : "";
  return written === "" ? null : written;
}

function isNumber(text) {
  return text !== "" && Number.isFinite(Number(text));
}

function compare(a, b) {
  return isNumber(a) && isNumber(b)
    ? Number(a) - Number(b)
    : a.localeCompare(b, "en", { numeric: true, sensitivity: "base" });
}

// Of the same in a column, the order is always that in which they are written.
function sort(table, written, column, down) {
  const body = table.tBodies[0];
  const rows = written.map((row) => [key(row, column), row]);
  const known = rows.filter(([written]) => written !== null);
  const unknown = rows.filter(([written]) => written === null);
  known.sort(([a], [b]) => (down ? compare(b, a) : compare(a, b)));
  body.append(...known.map(([, row]) => row), ...unknown.map(([, row]) => row));
}

for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells];
  const written = [...table.tBodies[0].rows];
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const before = head.getAttribute("aria-sort");
      // Numbers are mostly asked for with the highest first.
      const first = head.classList.contains("number") ? "descending" : "ascending";
      const other = first === "ascending" ? "descending" : "ascending";
      const now = before === first ? other : first;
      heads.forEach((each) => each.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", now);
      sort(table, written, column, now === "descending");
    });
  });
}

// What is folded is printed too.
let folded = [];
addEventListener("beforeprint", () => {
  folded = [...document.querySelectorAll("details:not([open])")];
  folded.forEach((each) => { each.open = true; });
});
addEventListener("afterprint", () => folded.forEach((each) => { each.open = false; }));
