// Opens a preview in a real browser, at several widths, light and dark, and prints what it found, as JSON.
// `node preview.mjs FILE PLAN`: PLAN is JSON, a list of {hash, width, scheme, box, text, press, picture}.
process.env.AWS_LAMBDA_JS_RUNTIME = "nodejs24.x"; // lets the package unpack its libraries and name their folder
const { default: packed } = await import("@sparticuz/chromium");
const { chromium } = await import("playwright-core");

const [file, plan] = process.argv.slice(2);
packed.setGraphicsMode = false;
const args = ["--no-sandbox", "--no-zygote", "--disable-background-networking"];
const browser = await chromium.launch({ executablePath: await packed.executablePath(), args });

/** What a person sees of the page, in numbers and texts. */
function look() {
  const all = (selector) => [...document.querySelectorAll(selector)];
  const text = (element) => element.textContent.trim();
  const middleOf = (element) => {
    element.scrollIntoView({ block: "center" });
    const { x, y, width, height } = element.getBoundingClientRect();
    return [x + width / 2, y + height / 2];
  };
  return {
    title: document.title,
    page: document.getElementById("main").dataset.page,
    widgets: all(".widget").map((one) => ({
      kind: one.dataset.kind,
      title: one.querySelector("h2") ? text(one.querySelector("h2")) : "",
      drawn: [...one.querySelectorAll(".chart")].map((chart) => chart.querySelectorAll("svg path").length > 0),
      values: [...one.querySelectorAll("[data-value]")].map((value) => value.dataset.value),
      alarms: [...one.querySelectorAll(".alarm")].map((alarm) => [alarm.title, alarm.classList[1]]),
      rows: [...one.querySelectorAll("tbody tr")].map((row) => [...row.children].map(text)),
      text: text(one.querySelector(".content")),
      cut: [...one.querySelectorAll(".cell")].filter((cell) => cell.scrollWidth > cell.clientWidth + 1 || cell.scrollHeight > cell.clientHeight + 1).length,
      height: one.getBoundingClientRect().height,
    })),
    text: document.body.innerText,
    wider: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    background: getComputedStyle(document.body).backgroundColor,
    hidden: all("button").filter((one) => one.checkVisibility() && !one.contains(document.elementFromPoint(...middleOf(one)) ?? document)).map(text),
    alive: document.querySelectorAll("img, iframe, object, embed, [onerror], [onload]").length,
    scripts: document.scripts.length,
    links: all("a[href]").map((one) => one.getAttribute("href")),
    ran: globalThis.ran ?? 0,
  };
}

/** Asks again and again: what waits inside of a page is refused by its policy. */
async function waitUntilDrawn(page) {
  for (let tries = 0; tries < 100; tries += 1) {
    const drawn = await page.evaluate(() => [...document.querySelectorAll(".chart")].every((one) => one.dataset.drawn));
    if (drawn) return;
    await page.waitForTimeout(100);
  }
}

const found = [];
try {
  for (const step of JSON.parse(plan)) {
    const page = await browser.newPage({ viewport: { width: step.width ?? 1440, height: step.height ?? 900 }, colorScheme: step.scheme ?? "light" });
    const [said, asked] = [[], []];
    page.on("console", (message) => said.push(`${message.type()}: ${message.text()}`));
    page.on("pageerror", (error) => said.push(`error: ${error.message}`));
    page.on("request", (request) => asked.push(request.url()));
    await page.goto(`file://${file}#/${step.hash ?? ""}`);
    await waitUntilDrawn(page);
    if (step.box) {
      await page.fill(`[data-box="${step.box}"]`, step.text);
      await page.waitForTimeout(300);
    }
    if (step.press) {
      await page.focus(step.press);
      await page.keyboard.press("Enter");
    }
    if (step.keys) for (const key of step.keys) await page.keyboard.press(key);
    await page.waitForTimeout(350);
    if (step.picture) await page.screenshot({ path: step.picture, fullPage: step.whole ?? false });
    found.push({ ...(await page.evaluate(look)), focus: await page.evaluate(() => document.activeElement?.textContent.trim().slice(0, 80)), said, asked: asked.filter((url) => !url.startsWith("file:") && !url.startsWith("data:")) });
    await page.close();
  }
  console.log(JSON.stringify(found));
} finally {
  await browser.close();
}
