import { createApiKey } from "../../../src/api/keys/apiKey.ts";
import { ask, browserTest, TestBrowser } from "./support/browser.ts";
import { startPageServer } from "./support/pageServer.ts";

const browser = new TestBrowser();

beforeAll(() => browser.open());
afterEach(() => browser.closePages());
afterAll(() => browser.close());

browserTest(
  "the dashboard lists the answers that ended last, how they ended, and nothing of what was said",
  async () => {
    const node = await startPageServer();
    try {
      node.chat.tokenMs = 1;
      const chat = await browser.page(node.server.url);
      await ask(chat, "A question that stays private");
      node.chat.answer = () => "word ".repeat(5000);
      node.chat.holdAfter = [50];
      await chat.fill("#input", "Go on for ever");
      await chat.press("#input", "Enter");
      await chat.locator(".answer.running", { hasText: "word" }).waitFor();
      await chat.click("#stop");
      await chat.locator(".answer:not(.running)").nth(1).waitFor();
      const page = await browser.page(`${node.server.url}/dashboard`);
      await page.locator("#recent tbody tr").nth(1).waitFor();
      expect(await page.locator("#recent .badge").allTextContents()).toEqual(["stopped", "complete"]);
      expect(await page.locator("#recent").innerText()).not.toMatch(/private|ever/);
      const state = page.locator(`#recent a[href="/explorer?state=${node.chain.stateRoot}"]`);
      expect(await state.count()).toBe(2);
      expect(await page.locator("#sources a[href='/chat/recent']").count()).toBe(1);
      expect(page.complaints).toEqual({ errors: [], foreignRequests: [] });
    } finally {
      await node.server.close(0);
    }
  },
);

browserTest("with a key that may not see them the dashboard says so, and shows everything else", async () => {
  const key = createApiKey(["chat"]);
  const node = await startPageServer(0, [key.entry]);
  try {
    const page = await browser.page(`${node.server.url}/dashboard`);
    await page.fill("#api-key", key.text);
    await Promise.all([page.waitForEvent("load"), page.press("#api-key", "Enter")]);
    await page.locator("#recent", { hasText: "takes an API key with the scope admin" }).waitFor();
    await page.locator("#heads dl").waitFor();
  } finally {
    await node.server.close(0);
  }
});
