import { ask, browserTest, type Page, TestBrowser } from "./support/browser.ts";
import { type PageServer, startPageServer } from "./support/pageServer.ts";

const browser = new TestBrowser();
let node: PageServer;

beforeAll(async () => {
  node = await startPageServer();
  node.chat.tokenMs = 0;
  await browser.open();
});
afterEach(() => browser.closePages());
afterAll(async () => {
  await browser.close();
  await node.server.close(0);
});

async function answered(text: string, options = {}): Promise<Page> {
  node.chat.answer = () => text;
  const page = await browser.page(node.server.url, options);
  await ask(page, "Show me");
  return page;
}

browserTest("a list keeps the number that it begins with, and a column the side on which it stands", async () => {
  const page = await answered("7. seven\n8. eight\n\n| a | b | c |\n|---|---:|:---:|\n| 1 | 2 | 3 |");
  expect(await page.locator(".answer ol").getAttribute("start")).toBe("7");
  const sides = await page.evaluate(
    "[...document.querySelectorAll('.answer tbody td')].map((cell) => getComputedStyle(cell).textAlign)",
  );
  expect(sides).toEqual(["start", "right", "center"]);
});

browserTest("Copy on a code block copies the code and says so", async () => {
  const code = "const a = 1;\n  const b = `<b>`;\n";
  const page = await answered(`Here:\n\n\`\`\`js\n${code}\`\`\`\n`, {
    permissions: ["clipboard-read", "clipboard-write"],
  });
  await page.locator(".code-head", { hasText: "js" }).getByRole("button", { name: "Copy" }).click();
  await page.locator(".code-head", { hasText: "Copied" }).waitFor();
  expect(await page.evaluate("navigator.clipboard.readText()")).toBe(code);
});
