// Elements are made of text only: nothing that an event holds is ever read as HTML.
const SVG = "http://www.w3.org/2000/svg";

/** An element with attributes and children (texts and elements). `on*` are listeners. */
function h(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? "" : String(value));
  }
  made.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return made;
}

/** An element of SVG. */
function svg(tag, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  made.append(...children);
  return made;
}

const MARKDOWN_TAGS = new Set(
  "p h1 h2 h3 h4 h5 h6 strong em s ul ol li blockquote hr br table thead tbody tr th td pre code a span".split(" "),
);

/** The elements of a text widget; headings are one level down, below the page's own. */
function renderMarkdown(nodes) {
  return nodes.map((node) => {
    if (typeof node === "string") return node;
    const [tag, attributes, ...children] = node;
    const name = MARKDOWN_TAGS.has(tag) ? tag : "span";
    const safe = /^(https?:\/\/|#)/i.test(attributes.href ?? "") ? resolveLink(attributes.href) : {};
    const level = /^h[1-5]$/.test(name) ? `h${Number(name[1]) + 1}` : name;
    return h(level, safe, renderMarkdown(children));
  });
}

/** A link of the console to a dashboard of this page stays within the page. */
function resolveLink(href) {
  const found = /#dashboards(?:\/dashboard|:name=)\/?([\w-]+)/.exec(href);
  if (found && DATA.dashboards.some((one) => one.id === found[1])) return { href: `#/${found[1]}` };
  if (href.startsWith("#")) return { href: "#/", title: `In the console: ${href}` };
  return { href, rel: "noreferrer", target: "_blank" };
}

const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
const pad = (number) => String(number).padStart(2, "0");

/** `3 Mar 17:20`, in UTC. */
function formatTime(seconds, { withDate = true } = {}) {
  const time = new Date(seconds * 1000);
  const clock = `${pad(time.getUTCHours())}:${pad(time.getUTCMinutes())}`;
  return withDate ? `${time.getUTCDate()} ${MONTHS[time.getUTCMonth()]} ${clock}` : clock;
}

/** As much of a time as tells it from the others of the page: the clock of a day, the year of many months. */
function formatShort(seconds) {
  const length = DATA.range[1] - DATA.range[0];
  return length > 300 * 86400 ? formatDay(seconds) : formatTime(seconds, { withDate: length > 86400 });
}

/** `3 Mar 2026`. */
function formatDay(seconds) {
  const time = new Date(seconds * 1000);
  return `${time.getUTCDate()} ${MONTHS[time.getUTCMonth()]} ${time.getUTCFullYear()}`;
}

/** `5 minutes`, `6 hours`. */
function formatDuration(seconds) {
  for (const [unit, size] of [["day", 86400], ["hour", 3600], ["minute", 60]]) {
    if (seconds >= size && seconds % size === 0) {
      const count = seconds / size;
      return `${count} ${unit}${count === 1 ? "" : "s"}`;
    }
  }
  return `${seconds} seconds`;
}

/** A number as a dashboard shows it: three digits, K, M and G beyond; none is a dash. */
function formatNumber(value, full = false) {
  if (value === null || value === undefined) return "--";
  const size = Math.abs(value);
  if (full === true) return value.toLocaleString("en", { maximumSignificantDigits: size < 1 ? 3 : 6 });
  for (const [unit, scale] of [["G", 1e9], ["M", 1e6], ["K", 1e4]]) {
    const by = unit === "K" ? 1e3 : scale;
    if (size >= scale) return `${(value / by).toLocaleString("en", { maximumFractionDigits: 1 })}${unit}`;
  }
  const digits = size > 0 && size < 0.01 ? { maximumSignificantDigits: 2 } : { maximumFractionDigits: size < 10 ? 2 : 1 };
  return value.toLocaleString("en", digits);
}

/** A list with a word between: `1 event`, `2 events`. */
function plural(count, noun) {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}
