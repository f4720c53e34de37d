// One function for each kind of widget; what is drawn is in `DATA`, made by cli/preview/widgets.py.
const STATE_NAMES = { ALARM: "In alarm", OK: "OK", INSUFFICIENT_DATA: "No data" };
// Drawn, since not every font has such signs: a triangle, a tick, three dots.
const STATE_PATHS = { ALARM: "M8 2 15 14H1Z M7.2 6.5h1.6v4H7.2z M7.2 11.4h1.6v1.4H7.2z", OK: "M6.2 12.5 1.8 8.1l1.5-1.5 2.9 2.9 6.5-6.5 1.5 1.5z", INSUFFICIENT_DATA: "M2 7h3v3H2z M6.5 7h3v3h-3z M11 7h3v3h-3z" };

/** The sign of a state; its name is beside it. */
function renderSign(state) {
  const path = svg("path", { d: STATE_PATHS[state], "fill-rule": "evenodd", fill: "currentColor" });
  return svg("svg", { class: "sign", viewBox: "0 0 16 16", width: 13, height: 13, "aria-hidden": "true" }, path);
}

function renderState(state) {
  return h("span", { class: `state ${state}` }, renderSign(state), ` ${STATE_NAMES[state]}`);
}

/** A widget in its frame, at its place of the grid. */
function renderWidget(widget, tests, number) {
  const id = `w${number}`;
  const content = drawContent(widget, tests);
  const titled = widget.title || widget.kind === "undrawn";
  const frame = h("section", { class: `widget kind-${widget.kind}`, "data-kind": widget.kind, "aria-labelledby": titled ? id : null, "aria-label": titled ? null : "Text" },
    titled ? h("h2", { id, title: widget.title.length > 30 ? widget.title : null }, widget.title || "Not drawn") : null,
    h("div", { class: "content" }, content),
    renderNotes(widget));
  frame.style.setProperty("--x", widget.x + 1);
  frame.style.setProperty("--y", widget.y + 1);
  frame.style.setProperty("--w", widget.width);
  frame.style.setProperty("--h", widget.height);
  if (widget.width <= 4) frame.classList.add("small");
  return frame;
}

function drawContent(widget, tests) {
  switch (widget.kind) {
    case "text": return renderMarkdown(widget.content);
    case "alarms": return renderAlarms(widget);
    case "numbers": return renderNumbers(widget);
    case "chart": return renderSeries(widget);
    case "rows": return renderRows(widget, tests);
    default: return h("p", { class: "undrawn-why" }, `Not drawn: ${widget.why}`);
  }
}

function renderNotes(widget) {
  const notes = [...new Set(widget.notes ?? [])];
  return notes.length ? h("p", { class: "notes" }, notes.join(" ")) : null;
}

/** States of alarms; each leads to its control. */
function renderAlarms(widget) {
  if (!widget.alarms.length) {
    const wanted = widget.states.map((state) => STATE_NAMES[state] ?? state).join(" or ");
    return h("p", { class: "empty" }, widget.of ? `None of ${plural(widget.of, "alarm")}${wanted ? ` is: ${wanted}` : ""}` : "No alarms");
  }
  return h("ul", { class: "alarm-list" }, widget.alarms.map((one) => h("li", {}, renderAlarm(one))));
}

function renderAlarm(one) {
  const since = one.since ? `since ${formatShort(one.since)}` : "";
  return h(one.control ? "a" : "span", { class: `alarm ${one.state}`, href: one.control ? `#/controls/${one.control}` : null, title: one.name },
    renderSign(one.state),
    h("span", { class: "alarm-title" }, one.title),
    h("span", { class: "hidden" }, ` ${STATE_NAMES[one.state]} `),
    one.state === "ALARM" && since ? h("span", { class: "since" }, since) : null);
}

/** Numbers, each with a line of how it came about. */
function renderNumbers(widget) {
  return h("div", { class: "numbers" }, widget.numbers.map((one) =>
    h("div", { class: "tile" },
      widget.numbers.length > 1 || one.label !== widget.title ? h("div", { class: "tile-label" }, one.label) : null,
      h("div", { class: formatNumber(one.value, widget.full).length > 6 ? "tile-value long" : "tile-value", "data-value": one.value ?? "" }, formatNumber(one.value, widget.full)),
      one.spark ? renderSparkline(one.spark, one.color) : null)));
}

/** Values of metrics over time, as bars by metric, or as shares. */
function renderSeries(widget) {
  const totals = widget.series.map((one) => one.total ?? one.values.reduce((sum, value) => sum + (value ?? 0), 0));
  const items = widget.series.map((one, n) => ({ label: one.label, color: one.color, value: totals[n], text: formatNumber(totals[n]) }));
  const describe = `${widget.title}: ${items.map((one) => `${one.label} ${one.text}`).join(", ")}`;
  if (widget.series.every((one) => one.values.every((value) => value === null))) return h("p", { class: "empty" }, "No data in this time");
  switch (widget.view) {
    case "pie": return renderChart(items, describe, (_, hidden) => pieOption(items, hidden));
    case "bar": return renderBars(["metric", "sum"], items.map((one) => [one.label, String(one.value)]), widget.title);
    default: return renderChart(items, describe, (width, hidden) => timeOption(widget, width, hidden));
  }
}

/** The rows of a query, as its view asks. */
function renderRows(widget, tests) {
  const { columns, rows, found, note } = narrowRows(widget, tests);
  if (!rows.length) return h("p", { class: "empty" }, (widget.counts ?? widget).rows.length ? "No row passes the boxes above" : "No results in this time");
  const texts = [found > rows.length ? `The first ${plural(rows.length, "row")} of ${found.toLocaleString("en")} here.` : "", note ?? ""].filter(Boolean);
  const cut = texts.length ? h("p", { class: "cut" }, texts.join(" ")) : null;
  const timed = columns.find((name) => /^bin\(/.test(name));
  switch (widget.view) {
    case "bar":
    case "timeSeries": return timed ? renderBins(widget, columns, rows, timed) : [renderBars(columns, rows, widget.title), cut];
    case "pie": return renderShares(columns, rows, widget.title);
    default: return [renderTable(columns, rows, widget.title), cut];
  }
}

function renderShares(columns, rows, title) {
  const place = columns.findIndex((_, n) => rows.every((row) => isNumber(row[n])));
  if (place < 0) return renderTable(columns, rows, title);
  const items = rows.map((row) => ({ label: row.filter((_, n) => n !== place).join(" \u00b7 "), value: Number(row[place]), text: formatNumber(Number(row[place])) }));
  return renderChart(items, title, (_, hidden) => pieOption(items, hidden));
}

/** Counts by time, and by one more column if there is one. */
function renderBins(widget, columns, rows, timed) {
  const at = columns.indexOf(timed);
  const [start, step, count] = widget.bins;
  const measures = columns.filter((name, n) => n !== at && rows.every((row) => isNumber(row[n])) && !/account/i.test(name));
  const groups = columns.filter((name) => name !== timed && !measures.includes(name));
  const found = new Map();
  for (const row of rows) {
    const group = groups.map((name) => row[columns.indexOf(name)]).join(" \u00b7 ");
    const place = Math.floor((Date.parse(`${row[at].replace(" ", "T")}Z`) / 1000 - start) / step);
    for (const name of measures) {
      const label = measures.length > 1 ? `${group} ${name}`.trim() : group || name;
      if (!found.has(label)) found.set(label, Array(count).fill(0));
      if (place >= 0 && place < count) found.get(label)[place] += Number(row[columns.indexOf(name)]);
    }
  }
  const series = [...found].map(([label, values]) => ({ label, values }));
  return renderSeries({ ...widget, view: "timeSeries", bars: widget.view === "bar", stacked: widget.stacked || widget.view === "bar", times: widget.bins, series, horizontal: [] });
}
