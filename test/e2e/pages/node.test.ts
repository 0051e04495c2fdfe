/** The pages over a whole node: its own chain, its own engine, its own keys. Nothing is a fixture but the tiny model. */
import { once } from "node:events";
import type { ChatEvent, ChatService } from "../../../src/api/services/chat.ts";
import { until } from "../../api/support/until.ts";
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
    const used = (await node.services.experts.list({ limit: 1000 })).items.filter(({ activations }) => activations > 0);
    expect(used.length).toBeGreaterThan(0);
    expect(page.complaints).toEqual({ errors: [], foreignRequests: [] });
  }),
);

/** Tokens of an answer that the page gets at once. */
const FIRST_TOKENS = 8;

/**
 * The tiny model is through with its whole context before a busy browser has shown the first words, and then there is
 * nothing to stop. So after its first tokens an answer waits for its reader to go.
 */
function holdAnswers(chat: ChatService): void {
  const prepare = chat.prepare.bind(chat);
  chat.prepare = async (request, signal) => {
    const prepared = await prepare(request, signal);
    return { ...prepared, run: (gone, onProgress) => hold(prepared.run(gone, onProgress), gone) };
  };
}

async function* hold(events: AsyncGenerator<ChatEvent, void, undefined>, gone: AbortSignal) {
  let shown = 0;
  for await (const event of events) {
    yield event;
    shown++;
    if (shown === FIRST_TOKENS && !gone.aborted) await once(gone, "abort");
  }
}

browserTest("Stop in the page stops the engine of the node", () =>
  withWholeNode(async (node, browser) => {
    holdAnswers(node.services.chat);
    const page = await browser.page(node.url);
    await page.locator("#map-note:not(:empty)").waitFor();
    await page.click("#open-settings");
    await page.fill("#set-temperature", "0");
    await page.click("#settings-form button[type=submit]");
    await page.fill("#input", "Hello");
    await page.press("#input", "Enter");
    await page.locator(".answer.running .meta", { hasText: /^\d+ tokens/ }).waitFor();
    expect(node.services.chat.load()).toEqual({ running: 1, waiting: 0 });
    await page.click("#stop");
    await page.locator(".answer:not(.running) .meta", { hasText: /^stopped/ }).waitFor();
    await until(() => node.services.chat.load().running === 0);
    expect(node.services.chat.load()).toEqual({ running: 0, waiting: 0 });
    const { tokensGenerated } = await node.services.health();
    expect(tokensGenerated).toBeGreaterThanOrEqual(FIRST_TOKENS);
    expect(tokensGenerated).toBeLessThan(2 * FIRST_TOKENS);
  }),
);
