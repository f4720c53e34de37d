// Opens pages in a real browser, light, dark, printed and 390 pixels wide, and prints what each shows and does, as
// JSON. `node read.mjs URL..`; Chromium comes from npm, as for visit.mjs.
process.env.AWS_LAMBDA_JS_RUNTIME = "nodejs24.x"; // lets the package unpack its libraries and name their folder
const { default: packed } = await import("@sparticuz/chromium");
const { chromium } = await import("playwright-core");

const VIEWS = [
  ["light", 1100, "light", "screen"],
  ["dark", 1100, "dark", "screen"],
  ["narrow", 390, "light", "screen"],
  ["printed", 680, "light", "print"],
];
packed.setGraphicsMode = false;
const args = ["--no-sandbox", "--no-zygote", "--disable-background-networking"];
const browser = await chromium.launch({ executablePath: await packed.executablePath(), args });

/** What is wider than the page or than its own box, so that a reader or a printer cuts it. */
function findCut() {
  const widest = document.documentElement.clientWidth + 1;
  const isCut = (one) =>
    one.getBoundingClientRect().right > widest || (one.clientWidth && one.scrollWidth > one.clientWidth + 1);
  return [...document.body.querySelectorAll("*")].filter(isCut).map((one) => one.outerHTML.slice(0, 200));
}

async function read(url) {
  const found = { requests: [], messages: [], cut: {}, paper: {}, text: {} };
  for (const [name, width, colorScheme, media] of VIEWS) {
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
    page.on("request", (one) => found.requests.push(one.url()));
    page.on("console", (one) => found.messages.push(one.text()));
    page.on("pageerror", (one) => found.messages.push(String(one)));
    await page.emulateMedia({ media, colorScheme });
    await page.goto(url);
    found.cut[name] = await page.evaluate(findCut);
    found.paper[name] = await page.evaluate("getComputedStyle(document.documentElement).backgroundColor");
    found.text[name] = await page.evaluate("document.body.innerText");
    if (name === "light") {
      await page.keyboard.press("Tab");
      found.focused = await page.evaluate("document.activeElement.getAttribute('href')");
      found.run = await page.evaluate("window.run ?? 0");
      found.elements = await page.evaluate("[...document.querySelectorAll('*')].map((one) => one.localName)");
    }
    await page.close();
  }
  return found;
}

try {
  const pages = [];
  for (const url of process.argv.slice(2)) pages.push(await read(url));
  console.log(JSON.stringify(pages));
} finally {
  await browser.close();
}
