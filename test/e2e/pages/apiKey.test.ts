/** The pages of a node that asks for an API key. */
import { join } from "node:path";
import { addApiKey, revokeApiKey } from "../../../src/node/apiKeys/apiKeyFolder.ts";
import { ask, browserTest, type Page } from "./support/browser.ts";
import { withWholeNode } from "./support/wholeNode.ts";

const dialogOf = (page: Page) => page.locator("dialog.key-dialog[open]");

async function give(page: Page, key: string): Promise<void> {
  await page.fill("#api-key", key);
  await Promise.all([page.waitForEvent("load"), page.press("#api-key", "Enter")]);
}

browserTest(
  "the pages ask for the key, keep it in their tab only, and ask again when it is refused or revoked",
  async () => {
    let folder = "";
    let key = { text: "", id: "" };
    const prepare = async (dataDir: string): Promise<void> => {
      folder = join(dataDir, "api-keys");
      const { text, entry } = await addApiKey(folder, { scopes: ["chat"], name: "page", account: undefined, nowMs: 1 });
      key = { text, id: entry.id };
    };
    await withWholeNode(
      async (node, browser) => {
        const page = await browser.page(node.url);
        await dialogOf(page).waitFor();
        expect(await page.evaluate("document.activeElement?.id")).toBe("api-key");
        expect(await dialogOf(page).textContent()).not.toContain("does not take");
        await page.locator("#welcome h1", { hasText: "This node asks for an API key" }).waitFor();
        await give(page, `${key.text.slice(0, -1)}${key.text.endsWith("A") ? "B" : "A"}`);
        await dialogOf(page).filter({ hasText: "does not take the key" }).waitFor();
        await give(page, ` ${key.text} `);
        await page.locator("#map-note:not(:empty)").waitFor();
        expect(await dialogOf(page).count()).toBe(0);
        await ask(page, "Hello");
        expect(await page.locator("#ribbon span").count()).toBeGreaterThan(0);

        await page.click("#show-code");
        for (const language of ["curl", "openai", "chat"]) {
          await page.click(`#code-tabs [data-language="${language}"]`);
          const code = (await page.locator("#code-body pre").textContent()) ?? "";
          expect(code).toMatch(/authorization: Bearer \$AI_BLOCK_API_KEY|apiKey: process\.env\.AI_BLOCK_API_KEY/);
          expect(code).not.toContain(key.id);
        }

        await page.goto(`${node.url}/dashboard`);
        await page.locator("#status h1", { hasText: "Healthy" }).waitFor();
        await page.locator("#busiest a").first().waitFor();
        await page.goto(`${node.url}/explorer`);
        await page.locator(".dag-node").first().waitFor();
        expect(await dialogOf(page).count()).toBe(0);

        // In this tab's storage, and nowhere that lasts, is shared or is shown.
        const kept = (await page.evaluate(
          "({ local: JSON.stringify(localStorage), cookies: document.cookie, url: location.href, html: document.documentElement.outerHTML })",
        )) as Record<string, string>;
        for (const [where, text] of Object.entries(kept))
          expect([where, text.includes(key.text.slice(-43))]).toEqual([where, false]);
        const another = await page.context().newPage();
        await another.goto(node.url);
        await dialogOf(another).waitFor();
        await another.goto(`${node.url}/dashboard`);
        await another.locator("#map-legend", { hasText: "takes an API key" }).waitFor();
        await another.close();

        await page.goto(node.url);
        await page.locator("#map-note:not(:empty)").waitFor();
        await revokeApiKey(folder, key.id);
        while (node.apiKeys.size > 0) await new Promise((done) => setTimeout(done, 20));
        await page.fill("#input", "Hello again");
        await page.press("#input", "Enter");
        await dialogOf(page).filter({ hasText: "does not take the key" }).waitFor();
        // The list of recent answers takes the scope admin; the dashboard asks for it once.
        const others = page.complaints.errors.filter((text) => !/401 \(Unauthorized\)|403 \(Forbidden\)/.test(text));
        expect([others, page.complaints.foreignRequests]).toEqual([[], []]);
      },
      { prepare },
    );
  },
);
