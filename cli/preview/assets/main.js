// The frame of the page: tabs, and which page an address means.
const DATA = JSON.parse(document.getElementById("data").textContent);

function listTabs() {
  return [
    ...DATA.dashboards.map((one) => ({ path: one.id, label: one.title })),
    { path: "controls", label: "Controls", count: DATA.controls.length },
    { path: "mails", label: "Mails", count: DATA.mailCount },
  ];
}

/** The page of an address such as `#/controls/root-account-usage`. */
function renderPage(path, part) {
  const dashboard = DATA.dashboards.find((one) => one.id === path);
  if (dashboard) return renderDashboard(dashboard, dashboard === DATA.dashboards[0]);
  if (path === "mails") return renderMails(part);
  const control = DATA.controls.find((one) => one.id === part);
  return path === "controls" && control ? renderControl(control) : renderControls();
}

function renderHeader(current) {
  const tabs = listTabs().map((tab) => h("a", { href: `#/${tab.path}`, "aria-current": tab.path === current ? "page" : null }, tab.label, tab.count ? h("span", { class: "badge" }, tab.count.toLocaleString("en")) : null));
  const [start, end] = DATA.range;
  return [
    h("div", { class: "bar-top" },
      h("strong", {}, DATA.title),
      h("span", { class: "source" }, DATA.source),
      h("span", { class: "range" }, `${formatDay(start)} ${formatTime(start, { withDate: false })} to ${formatDay(end)} ${formatTime(end, { withDate: false })} UTC`)),
    h("nav", { class: "tabs", "aria-label": "Pages" }, tabs),
  ];
}

function show() {
  const [path, part] = location.hash.replace(/^#\//, "").split("/").map(decodeURIComponent);
  const known = listTabs().some((tab) => tab.path === path) ? path : listTabs()[0].path;
  const main = document.getElementById("main");
  document.getElementById("top").replaceChildren(...renderHeader(known));
  main.replaceChildren(...[renderPage(known, part)].flat(Infinity).filter(Boolean));
  const name = main.querySelector("h1")?.textContent ?? "";
  document.title = `${name} - ${DATA.title}`;
  main.dataset.page = known;
}

addEventListener("hashchange", () => {
  show();
  scrollTo(0, 0);
  document.getElementById("main").focus({ preventScroll: true });
});
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  document.getElementById("main").focus();
});
show();
