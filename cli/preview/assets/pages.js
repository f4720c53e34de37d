// The pages: a dashboard each, the list of controls, a page for each control, and the mails.

/** A dashboard with its boxes, and the mails of its alarms beside it. */
function renderDashboard(dashboard, withMails) {
  const texts = {};
  const grid = h("div", { class: "grid" });
  const draw = () => grid.replaceChildren(...dashboard.widgets.map((one, n) => renderWidget(one, readBoxes(texts), n)));
  const redraw = () => {
    const tests = readBoxes(texts);
    dashboard.widgets.forEach((one, n) => {
      if (one.kind === "rows") grid.children[n].replaceWith(renderWidget(one, tests, n));
    });
  };
  draw();
  const boxes = dashboard.boxes.length ? renderBoxes(dashboard.boxes, texts, redraw) : null;
  const notes = dashboard.notes.length ? h("p", { class: "notes" }, dashboard.notes.join(" ")) : null;
  return [
    h("h1", { class: "hidden" }, dashboard.title), boxes, notes,
    withMails && DATA.mails.length ? h("div", { class: "beside" }, grid, renderNewestMails()) : grid,
  ];
}

function renderBoxes(boxes, texts, redraw) {
  let waiting = 0;
  const fields = boxes.map((box) => {
    const input = h("input", { type: "text", placeholder: "any", "data-box": box.id, autocomplete: "off", spellcheck: "false", maxlength: 200,
      oninput: (event) => {
        texts[box.id] = event.target.value;
        event.target.setAttribute("aria-invalid", String(!isExpression(event.target.value)));
        clearTimeout(waiting);
        waiting = setTimeout(redraw, 120);
      } });
    return h("label", {}, h("span", {}, box.label), input);
  });
  return h("form", { class: "boxes", role: "search", "aria-label": "Narrow the rows", onsubmit: (event) => event.preventDefault() },
    fields, h("span", { class: "hint" }, "Regular expressions, as in the console. Counts are added up again."));
}

function isExpression(text) {
  try {
    return Boolean(new RegExp(text));
  } catch {
    return false;
  }
}

function renderNewestMails() {
  const newest = DATA.mails.slice(0, 14);
  return h("aside", { class: "mails-beside", "aria-labelledby": "mails-title" },
    h("h2", { id: "mails-title" }, "Mails, newest first"),
    h("ol", { class: "mail-list" }, newest.map((mail) => renderMailLink(mail))),
    h("p", {}, h("a", { href: "#/mails" }, `All ${plural(DATA.mailCount, "mail")}`)));
}

/** All controls with their state, their events and their alarms. */
function renderControls() {
  const rows = DATA.controls.map((one) => h("tr", {},
    h("th", { scope: "row" }, h("a", { href: `#/controls/${one.id}` }, one.title)),
    h("td", { "data-name": "severity" }, h("span", { class: `severity ${one.severity}` }, one.severity)),
    h("td", { "data-name": "state" }, one.state ? renderState(one.state.state) : "no alarm"),
    h("td", { class: "number", "data-name": "events" }, one.total.toLocaleString("en")),
    h("td", { class: "number", "data-name": "alarms" }, one.raised.length.toLocaleString("en")),
    h("td", { "data-name": "proof" }, one.proof === "equivalent" ? "query = pattern, proven" : one.proof),
    h("td", { class: "number", "data-name": "exclusions" }, String(one.exclusions.length))));
  const names = ["control", "severity", "state", "events", "alarms", "proof", "exclusions"];
  return [h("h1", {}, "Controls"),
    h("div", { class: "card scroll" }, h("table", { class: "wide" },
      h("thead", {}, h("tr", {}, names.map((name) => h("th", { scope: "col", class: /events|alarms|exclusions/.test(name) ? "number" : null }, name)))), h("tbody", {}, rows)))];
}

/** One control: what it watches, how, the proof, what it found. */
function renderControl(one) {
  const mails = DATA.mails.filter((mail) => mail.control === one.id);
  return [
    h("p", { class: "crumbs" }, h("a", { href: "#/controls" }, "Controls")),
    h("h1", {}, one.title),
    h("p", { class: "facts" }, h("span", { class: `severity ${one.severity}` }, one.severity),
      one.state ? renderState(one.state.state) : null,
      h("span", {}, `${plural(one.total, "event")}, ${plural(one.raised.length, "alarm")} in this time`)),
    h("div", { class: "two" },
      card("Why", h("p", {}, one.why), one.respond ? h("p", {}, h("strong", {}, "First: "), one.respond) : null,
        h("p", { class: "muted" }, [one.sections, one.hub && `Security Hub ${one.hub}`, ...one.attack].filter(Boolean).join(" \u00b7 "))),
      card("Alarm", renderRule(one))),
    card("Events that match", one.series ? h("div", { class: "control-chart" }, renderSeries({ ...one.series, title: one.title })) : null, renderEvents(one)),
    card("Query", h("pre", { tabindex: 0 }, one.query), h("p", { class: "muted" }, `Saved as ${one.savedQuery}`)),
    card("Filter pattern", one.filters.length ? one.filters.map(([name, pattern]) => [h("h3", {}, name), h("pre", { tabindex: 0 }, pattern)]) : h("p", {}, "None: a log alarm runs the query."),
      one.twins.map(([name, ...patterns]) => [h("h3", {}, `${name} (for audits)`), patterns.map((text) => h("pre", { tabindex: 0 }, text))]),
      h("p", { class: "proof" }, one.proof === "equivalent" ? "Proven: query and patterns agree on every event, under every reading of what AWS does not document." : one.proof)),
    card("Exclusions", renderExclusions(one.exclusions)),
    mails.length ? card("Mails", h("ol", { class: "mail-list" }, mails.map((mail) => renderMailLink(mail)))) : null,
  ];
}

function card(title, ...content) {
  return h("section", { class: "card" }, h("h2", {}, title), content);
}

function renderRule(one) {
  if (!one.rule) return h("p", {}, "No alarm: log alarms are off.");
  return [h("p", {}, `${one.rule.name}: ${plural(one.rule.threshold, "event")} in ${formatDuration(one.rule.period)}`),
    one.raised.length ? h("p", { class: "muted" }, `Raised ${one.raised.slice(-6).reverse().map((time) => formatTime(time)).join(", ")}${one.raised.length > 6 ? ` and ${one.raised.length - 6} times before` : ""}`) : h("p", { class: "muted" }, "Not raised in this time")];
}

function renderEvents(one) {
  const notes = one.events.notes.length ? h("p", { class: "notes" }, one.events.notes.join(" ")) : null;
  if (!one.events.rows.length) return [h("p", { class: "empty" }, "No event in this time"), notes];
  const shown = one.events.rows.length < one.total ? h("p", { class: "cut" }, `The newest ${one.events.rows.length} of ${one.total.toLocaleString("en")}`) : null;
  return [renderTable(one.events.columns, one.events.rows, `Events of ${one.title}`), shown, notes];
}

function renderExclusions(exclusions) {
  if (!exclusions.length) return h("p", {}, "Nothing is excluded.");
  return h("ul", { class: "exclusions" }, exclusions.map((one) => h("li", {}, h("code", {}, one.condition),
    h("p", {}, `Not counted: ${one.leftOut}`),
    h("p", { class: "muted" }, [one.why, one.owner, one.until && `until ${one.until}`].filter(Boolean).join(" \u00b7 ")))));
}

function renderMailLink(mail, chosen) {
  return h("li", {}, h("a", { href: `#/mails/${mail.number}`, "aria-current": mail === chosen ? "true" : null }, h("span", { class: `severity ${mail.severity}` }, mail.title),
    h("span", { class: "who" }, h("time", {}, formatShort(mail.time)), mail.who ? ` \u00b7 ${mail.who}` : "")));
}

// A mail links to the console only; what an event holds is never a link.
const CONSOLE = /(https:\/\/[a-z0-9-]+\.console\.(?:aws\.amazon\.com|amazonaws\.cn|amazonaws-us-gov\.com)\/\S+)/;

function renderLetter(text) {
  return text.split(CONSOLE).map((part, n) => (n % 2 ? h("a", { href: part, rel: "noreferrer", target: "_blank", class: "long-link" }, part) : part));
}

/** The mails, and one of them to read. */
function renderMails(number) {
  const chosen = DATA.mails.find((mail) => mail.number === Number(number)) ?? DATA.mails[0];
  if (!chosen) return [h("h1", {}, "Mails"), h("p", { class: "empty" }, "No alarm was raised in this time.")];
  const left = DATA.mailCount - DATA.mails.length;
  return [h("h1", {}, `Mails of ${plural(DATA.mailCount, "alarm")}`),
    h("div", { class: "mailbox" },
      h("nav", { "aria-label": "Mails" }, h("ol", { class: "mail-list" }, DATA.mails.map((mail) => renderMailLink(mail, chosen))), left > 0 ? h("p", { class: "muted" }, `${left.toLocaleString("en")} older ones are not on this page.`) : null),
      h("div", { class: "letters" }, chosen.letters.map((letter) => h("article", { class: "card letter" },
        h("h2", {}, letter.kind), h("p", { class: "subject" }, letter.subject), h("pre", { tabindex: 0 }, renderLetter(letter.text))))))];
}
