/**
 * The pictures of the README, taken of a running node: node test/e2e/pages/support/screenshots.ts [URL] [FOLDER]
 * Start the node with the demo model first; every number in the pictures is then a real one.
 */
import { join } from "node:path";
import { ask, TestBrowser } from "./browser.ts";

const [url = "http://127.0.0.1:8000", folder = join(import.meta.dirname, "../../../../docs/images")] =
  process.argv.slice(2);
const QUESTIONS = ["What is AI-Block?", "How do I improve an expert?"];
const VIEWPORT = { width: 1280, height: 800 };

const browser = new TestBrowser();
await browser.open();
try {
  for (const colorScheme of ["light", "dark"] as const) {
    const page = await browser.page(url, { colorScheme, viewport: VIEWPORT });
    await page.locator(".questions button").first().waitFor();
    for (const question of QUESTIONS) await ask(page, question);
    await page.screenshot({ path: join(folder, `chat-${colorScheme}.png`) });
  }
  const page = await browser.page(`${url}/dashboard`, { colorScheme: "light", viewport: VIEWPORT });
  await page.locator("#busiest a").first().waitFor();
  await page.screenshot({ path: join(folder, "dashboard.png") });
} finally {
  await browser.close();
}
