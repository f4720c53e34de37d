// Opens a page in a real browser and prints what its script reported, as JSON.
// `node visit.mjs URL [--host-resolver-rules=..]`; Chromium comes from npm, with the libraries that it needs.
process.env.AWS_LAMBDA_JS_RUNTIME = "nodejs24.x"; // lets the package unpack those libraries and name their folder
const { default: packed } = await import("@sparticuz/chromium");
const { chromium } = await import("playwright-core");

const [url, ...rules] = process.argv.slice(2);
packed.setGraphicsMode = false;
// Not the flags that the package proposes: those turn the browser's own defences off.
const args = ["--no-sandbox", "--no-zygote", "--disable-background-networking", ...rules];
const browser = await chromium.launch({ executablePath: await packed.executablePath(), args });
try {
  const page = await browser.newPage();
  await page.goto(url);
  await page.waitForFunction("window.report !== undefined", undefined, { timeout: 20_000 });
  console.log(JSON.stringify({ version: browser.version(), report: await page.evaluate("window.report") }));
} finally {
  await browser.close();
}
