// Rows of a query: narrowed by the boxes, counted again, sorted, cut to the widget's own limit.

/** Tests for the texts of boxes, by the box's id; an empty box and a text that is no expression test nothing. */
function readBoxes(texts) {
  const tests = {};
  for (const [id, text] of Object.entries(texts)) {
    if (!text) continue;
    try {
      tests[id] = new RegExp(text);
    } catch {
      continue; // the box itself says so
    }
  }
  return tests;
}

/** What a widget of rows shows while its boxes hold some texts. */
function narrowRows(widget, tests) {
  const active = Object.entries(widget.boxes).filter(([id]) => tests[id]);
  if (!active.length && !widget.counts?.whole) return { columns: widget.columns, rows: widget.rows.slice(0, widget.limit), found: widget.rows.length };
  const source = widget.counts ?? widget;
  const places = active.map(([id, [column, takesAbsent]]) => [source.columns.indexOf(column), takesAbsent, tests[id]]);
  const passes = (text, takesAbsent, test) => (takesAbsent || text !== "") && test.test(text);
  const kept = source.rows.filter((row) => places.every(([place, ...rest]) => passes(row[place] ?? "", ...rest)));
  const { columns, rows } = widget.counts ? countAgain(widget.counts, kept) : { columns: widget.columns, rows: kept };
  return { columns, rows: rows.slice(0, widget.limit), found: rows.length, note: widget.counts?.note };
}

const FOLDS = { sum: (a, b) => a + b, min: (a, b) => (b < a ? b : a), max: (a, b) => (b > a ? b : a) };

/** Adds up counts that were shipped by more columns than the widget shows. */
function countAgain(counts, rows) {
  const { keys, folds, sort } = counts;
  const columns = [...keys, ...Object.keys(folds)].filter((name) => counts.columns.includes(name));
  const groups = new Map();
  for (const row of rows) {
    const cells = columns.map((name) => row[counts.columns.indexOf(name)]);
    const values = cells.map((cell, n) => (folds[columns[n]] === "sum" ? Number(cell) : cell));
    const key = JSON.stringify(cells.filter((_, n) => !folds[columns[n]]));
    groups.set(key, groups.has(key) ? addUp(groups.get(key), values, columns, folds) : values);
  }
  const found = [...groups.values()].map((row) => row.map(String));
  return { columns, rows: sortRows(columns, found, sort) };
}

function addUp(before, values, columns, folds) {
  return values.map((value, n) => (folds[columns[n]] ? FOLDS[folds[columns[n]]](before[n], value) : value));
}

/** Numbers in their order, then texts, as Logs Insights sorts. */
function sortRows(columns, rows, sort) {
  const order = sort.map(([name, direction]) => [columns.indexOf(name), direction === "desc" ? -1 : 1]);
  const compare = (a, b) => {
    const [x, y] = [Number(a), Number(b)];
    return a !== "" && b !== "" && !Number.isNaN(x) && !Number.isNaN(y) ? x - y : a < b ? -1 : a > b ? 1 : 0;
  };
  return [...rows].sort((a, b) => {
    for (const [place, sign] of order) {
      const found = place < 0 ? 0 : sign * compare(a[place], b[place]);
      if (found) return found;
    }
    return 0;
  });
}

const isTime = (name) => name.startsWith("@timestamp") || /^bin\(/.test(name) || /^(first|last)Seen$/.test(name);
const isNumber = (text) => text !== "" && !Number.isNaN(Number(text));

/** A cell's text: times without milliseconds. */
function formatCell(name, text) {
  return isTime(name) ? text.replace(/\.000$/, "") : text;
}

const NAMES = {
  "@timestamp": "time (UTC)", eventSource: "service", eventName: "event", userType: "type", callerAccount: "caller",
  region: "Region", sourceIPAddress: "from", userAgent: "agent",
};
const CUT = 24; // letters that every cell has room for
const WRAPS = new Set(["target", "change", "error", "userAgent", "resource"]);

/** A table that scrolls within its own box; on a narrow screen each row is a card. */
function renderTable(columns, rows, title) {
  const numeric = columns.map((name, n) => !isTime(name) && !/account|Id$/i.test(name) && rows.length && rows.every((row) => isNumber(row[n])));
  const head = columns.map((name, n) => h("th", { scope: "col", class: numeric[n] ? "number" : null, title: name }, NAMES[name] ?? name));
  const body = rows.map((row) =>
    h("tr", {}, row.map((text, n) =>
      h("td", { class: [numeric[n] && "number", WRAPS.has(columns[n]) && "wraps"].filter(Boolean).join(" ") || null, "data-name": NAMES[columns[n]] ?? columns[n], "data-empty": text === "" },
        h("div", { class: "cell", title: text.length > CUT ? text : null }, numeric[n] ? Number(text).toLocaleString("en") : formatCell(columns[n], text))))));
  const table = h("table", { class: columns.length > 3 ? "wide" : null }, h("caption", { class: "hidden" }, title), h("thead", {}, h("tr", {}, head)), h("tbody", {}, body));
  const scroll = h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": `${title}: rows` }, table);
  return rows.some((row) => row.some((text) => text.length > CUT)) ? [renderWholeButton(table), scroll] : scroll;
}

/** What was cut is read without a mouse, too. */
function renderWholeButton(table) {
  const toggle = (event) => event.currentTarget.setAttribute("aria-pressed", table.classList.toggle("whole"));
  return h("button", { type: "button", class: "whole-texts", "aria-pressed": "false", onclick: toggle }, "Whole texts");
}

/** Bars beside their numbers: readable by everybody, on any width. */
function renderBars(columns, rows, title) {
  const place = columns.findIndex((_, n) => rows.length && rows.every((row) => isNumber(row[n])));
  if (place < 0) return renderTable(columns, rows, title);
  const largest = Math.max(...rows.map((row) => Number(row[place])), 1);
  const lines = rows.map((row) => {
    const bar = h("span", { class: "bar", "aria-hidden": "true" });
    bar.style.width = `${(100 * Number(row[place])) / largest}%`;
    const label = row.filter((_, n) => n < place).join(" \u00b7 ") || "all";
    return h("tr", {}, h("th", { scope: "row" }, label), h("td", { class: "number" }, formatNumber(Number(row[place]))), h("td", { class: "track" }, bar));
  });
  return h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": `${title}: rows` },
    h("table", { class: "bars" }, h("caption", { class: "hidden" }, title), h("tbody", {}, lines)));
}
