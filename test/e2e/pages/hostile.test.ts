import { browserTest, type Page, reload, TestBrowser } from "./support/browser.ts";
import { HOSTILE_PAYLOADS } from "./support/hostilePayloads.ts";
import { type PageServer, startPageServer } from "./support/pageServer.ts";

const browser = new TestBrowser();
let node: PageServer;

/** What must not be anywhere in the rendered answers. */
const FORBIDDEN =
  "script, iframe, object, embed, img, svg:not(.icon), style, link, base, meta, form form, template, math";

beforeAll(async () => {
  node = await startPageServer();
  await browser.open();
});
afterEach(() => browser.closePages());
afterAll(async () => {
  await browser.close();
  await node.server.close(0);
});

browserTest("200 hostile answers, question by question: no script runs, nothing leaves the node", async () => {
  expect(HOSTILE_PAYLOADS).toHaveLength(200);
  node.chat.tokenMs = 0;
  const page = await browser.page(node.server.url);
  await trap(page);
  // One conversation a batch; each answer streams through the live renderer, then through the final one.
  for (let from = 0; from < HOSTILE_PAYLOADS.length; from += 20) {
    const batch = HOSTILE_PAYLOADS.slice(from, from + 20);
    node.chat.answer = () => batch.join("\n\n---\n\n");
    await page.click("#new-chat");
    await page.fill("#input", batch[0]!.slice(0, 2000));
    await page.press("#input", "Enter");
    await page.locator(".answer:not(.running)").waitFor();
    await expectHarmless(page);
  }
  await reload(page);
  await trap(page);
  await page.locator(".chat-title").first().click();
  await page.locator(".answer").waitFor();
  await expectHarmless(page);
  expect(page.complaints).toEqual({ errors: [], foreignRequests: [] });
});

browserTest("each hostile payload alone renders harmlessly, and links keep only safe addresses", async () => {
  const page = await browser.page(node.server.url);
  await trap(page);
  const result = (await page.evaluate(
    `(async (payloads) => {
      const { renderMarkdown } = await import("/lib/markdown.js");
      const found = [];
      for (const payload of payloads) {
        const box = document.createElement("div");
        box.append(renderMarkdown(payload));
        document.body.append(box);
        const bad = [...box.querySelectorAll("*")].filter((element) =>
          element.matches(${JSON.stringify(FORBIDDEN)}) ||
          [...element.attributes].some(({ name, value }) => /^on|^style$|^src|^id$|^name$/.test(name) || (name === "href" && !/^(https?:|mailto:)/i.test(value))));
        for (const element of box.querySelectorAll("a, button, p")) element.dispatchEvent(new MouseEvent("mouseover", { bubbles: true }));
        if (bad.length > 0) found.push([payload, bad[0].outerHTML]);
        box.remove();
      }
      return found;
    })(${JSON.stringify(HOSTILE_PAYLOADS)})`,
  )) as unknown[];
  expect(result).toEqual([]);
  await expectHarmless(page);
  expect(page.complaints).toEqual({ errors: [], foreignRequests: [] });
});

browserTest("names and reasons from the node are text on every page", async () => {
  const name = `<img src=x onerror=pwned()><script>pwned()</script>`;
  node.health = { status: "degraded", reason: name, network: name, precision: name };
  const model = node.services.models.find()!;
  const before = { ...model };
  Object.assign(model, { name, architecture: name, precision: name, executionProvider: name });
  try {
    const views: readonly [string, string][] = [
      ["/", "#map-note:not(:empty)"],
      ["/dashboard", "#heads dl"],
      ["/explorer", ".dag-node"],
      [`/explorer?q=${encodeURIComponent(name)}`, "#view h1"],
      [`/explorer?author=${encodeURIComponent(name)}`, "#view h1"],
      [`/explorer?state=${encodeURIComponent(name)}`, "#view h1"],
    ];
    for (const [path, shown] of views) {
      const page = await browser.page(node.server.url + path);
      await trap(page);
      await page.locator(shown).first().waitFor();
      expect(await page.locator("main img, main script").count()).toBe(0);
      expect(await page.evaluate("window.pwnedCount")).toBe(0);
      expect(page.complaints.foreignRequests).toEqual([]);
    }
  } finally {
    Object.assign(model, before);
    node.health = {};
  }
});

browserTest("script that stands in a saved or imported chat does not run", async () => {
  const page = await browser.page(node.server.url);
  await trap(page);
  const id = "0".repeat(32);
  const content = HOSTILE_PAYLOADS.slice(0, 60).join("\n\n");
  const details = {
    model: "<img src=x onerror=pwned()>",
    state_root: `"><img src=x onerror=pwned()>`,
    shape: [1e9, -1],
    experts: [{ slot: "<b>", block: "javascript:pwned()", author: "x", layer: 0, expert: 0, share: 1 }],
  };
  const messages = [
    { id: "1".repeat(32), role: "user", content, createdMs: 1 },
    {
      id: "2".repeat(32),
      role: "assistant",
      content,
      createdMs: 2,
      details,
      tokens: [{ text: "<img src=x onerror=pwned()>", routing: [] }],
    },
  ];
  const chat = { id, title: "<img src=x onerror=pwned()>", createdMs: 1, updatedMs: 2, messages };
  const file = JSON.stringify({ format: "ai-block-chats", version: 1, conversations: [chat] });
  await page.setInputFiles("#import-file", { name: "x.json", mimeType: "application/json", buffer: Buffer.from(file) });
  await page.locator(".chat-title").first().click();
  await page.locator(".answer").waitFor();
  await expectHarmless(page);
  expect(await page.locator("#provenance-body img, #ribbon img, .sidebar img").count()).toBe(0);
  expect(page.complaints.foreignRequests).toEqual([]);
});

/** Counts every run of script that the payloads try, and dialogs. */
async function trap(page: Page): Promise<void> {
  await page.evaluate("window.pwnedCount = 0; window.pwned = () => { window.pwnedCount++; }");
}

async function expectHarmless(page: Page): Promise<void> {
  expect(await page.evaluate("window.pwnedCount")).toBe(0);
  expect(await page.locator(`.message .body :is(${FORBIDDEN})`).count()).toBe(0);
  const addresses = (await page.evaluate(
    `[...document.querySelectorAll(".message a")].map((link) => link.getAttribute("href"))`,
  )) as (string | null)[];
  expect(addresses.filter((address) => address !== null && !/^(?:https?:|mailto:)/i.test(address))).toEqual([]);
}
