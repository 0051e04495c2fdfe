/** The pages over a whole node: its own chain, its own engine, its own keys. Nothing is a fixture but the tiny model. */
import { ask, browserTest } from "./support/browser.ts";
import { withWholeNode } from "./support/wholeNode.ts";

browserTest("a fresh node answers in the page, and its own blocks and numbers are what the pages show", () =>
  withWholeNode(async (node, browser) => {
    const model = node.services.models.find()!;
    const page = await browser.page(node.url);
    await page.locator("#map-note:not(:empty)").waitFor();
    await page.click("#open-settings");
    await page.fill("#set-maxTokens", "12");
    await page.click("#settings-form button[type=submit]");
    await ask(page, "Hello");
    const tokens = await page.locator("#ribbon span").count();
    expect(tokens).toBeGreaterThan(0);
    expect(tokens).toBeLessThanOrEqual(12);
    const link = (await page.locator("#provenance-body .block-list a").first().getAttribute("href")) ?? "";
    const block = new URL(link, node.url).searchParams.get("block");
    const heads = await node.services.chain.heads(model.model);
    expect([...heads.values()]).toContain(block);

    await page.goto(`${node.url}/explorer?block=${block}`);
    await page.locator(".check-box.good", { hasText: "Signature checked in your browser" }).waitFor();
    await page.goto(`${node.url}/explorer?block=${model.model}`);
    await page.locator(".check-box.good").waitFor();
    await page.goto(`${node.url}/explorer?state=${model.stateRoot}`);
    await page.locator("main", { hasText: `the hash of these ${heads.size} blocks` }).waitFor();
    await page.goto(`${node.url}/explorer`);
    await page.locator(".dag-node").nth(heads.size).waitFor();

    await page.goto(`${node.url}/dashboard`);
    await page.locator("#status h1", { hasText: "Healthy" }).waitFor();
    await page.locator("#busiest a").first().waitFor();
    const used = (await node.services.experts.all()).filter(({ activations }) => activations > 0);
    expect(used.length).toBeGreaterThan(0);
    expect(page.complaints).toEqual({ errors: [], foreignRequests: [] });
  }),
);

/** Pressed in the page itself: the tiny model would be through before a message could come and go. */
const STOP_AT_FIRST_TOKENS = `{
  const observer = new MutationObserver(() => {
    if (!document.querySelector(".answer.running .meta")?.textContent.includes("tokens")) return;
    observer.disconnect();
    document.querySelector("#stop").click();
  });
  observer.observe(document.body, { subtree: true, childList: true, characterData: true });
}`;

/**
 * On a busy machine, where the engine's threads wait for each other's turn, an answer can take more than a minute. What the
 * page showed is printed then, and a second page has to do it.
 */
async function twice(attempt: () => Promise<void>): Promise<void> {
  try {
    await attempt();
  } catch (error) {
    console.error("Stop in the page: the first page failed", error);
    await attempt();
  }
}

browserTest(
  "Stop in the page stops the engine of the node",
  () =>
    twice(() =>
      withWholeNode(async (node, browser) => {
        const page = await browser.page(node.url);
        // The tiny model may end an answer by itself before it is stopped: then it is asked again.
        const stopped = page.locator(".answer:not(.running) .meta", { hasText: /^stopped/ });
        let before = 0;
        for (let asked = 0; asked < 20 && (await stopped.count()) === 0; asked++) {
          before = (await node.services.health()).tokensGenerated;
          await page.evaluate(STOP_AT_FIRST_TOKENS);
          await page.fill("#input", `Hello ${asked}`);
          await page.press("#input", "Enter");
          const ended = page.locator(".answer:not(.running) .meta").nth(asked);
          await ended.waitFor({ timeout: 100_000 }).catch(async (error: unknown) => {
            console.error(await page.locator("body").innerText(), node.services.chat.load());
            throw error;
          });
        }
        expect(await stopped.count()).toBe(1);
        for (let i = 0; i < 200 && node.services.chat.load().running > 0; i++)
          await new Promise((done) => setTimeout(done, 25));
        expect(node.services.chat.load()).toEqual({ running: 0, waiting: 0 });
        const { tokensGenerated } = await node.services.health();
        const context = node.services.models.find()!.contextLength;
        expect(tokensGenerated - before).toBeLessThan(context - 10);
      }),
    ),
  300_000,
);
