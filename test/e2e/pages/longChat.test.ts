import { browserTest, type Page, TestBrowser } from "./support/browser.ts";
import { type PageServer, startPageServer } from "./support/pageServer.ts";

const MESSAGES = 500;
const browser = new TestBrowser();
let node: PageServer;

beforeAll(async () => {
  node = await startPageServer();
  await browser.open();
});
afterEach(async () => {
  node.chat.holdAfter = [];
  await browser.closePages();
});
afterAll(async () => {
  await browser.close();
  await node.server.close(0);
});

browserTest(
  "with 500 messages, a streaming answer touches no finished message and repaints at most once a frame",
  async () => {
    const page = await wholeLongChat();
    node.chat.answer = () => "A paragraph of the answer, with **bold** words and `code`.\n\n".repeat(40);
    node.chat.tokenMs = 4;
    node.chat.holdAfter = [300];
    await page.evaluate(`
    window.touched = 0; window.repaints = 0; window.frames = 0; window.longest = 0;
    const running = (node) => (node.nodeType === 1 ? node : node.parentElement)?.closest(".running") !== null;
    new MutationObserver((records) => {
      if (records.some(({ target }) => running(target) && target.matches?.(".live"))) window.repaints++;
      for (const { target, addedNodes } of records) {
        const finished = target.closest?.(".message:not(.running)");
        if (finished && !finished.matches(":nth-last-child(-n + 2)")) window.touched++;
      }
    }).observe(document.getElementById("messages"), { subtree: true, childList: true, characterData: true });
    const from = performance.now();
    window.elapsed = () => performance.now() - from;
    let last = from;
    const frame = () => { const now = performance.now(); window.frames++; window.longest = Math.max(window.longest, now - last); last = now; requestAnimationFrame(frame); };
    requestAnimationFrame(frame);
    true`);
    await page.fill("#input", "One more");
    await page.press("#input", "Enter");
    await page.locator(".answer.running", { hasText: "paragraph of the answer" }).waitFor();
    node.chat.onward();
    await page
      .locator(".answer:not(.running)")
      .nth(MESSAGES / 2)
      .waitFor({ state: "attached" });
    const { touched, repaints, frames, longest, elapsedMs } = (await page.evaluate(
      "({ touched, repaints, frames, longest, elapsedMs: elapsed() })",
    )) as Record<string, number>;
    process.stderr.write(
      `500 messages: ${repaints} repaints in ${frames} frames, longest frame ${Math.round(longest!)} ms\n`,
    );
    expect(touched).toBe(0);
    expect(repaints).toBeGreaterThan(0);
    // Where a frame takes longer than 250 ms it is not waited for.
    expect(repaints).toBeLessThanOrEqual(frames! + elapsedMs! / 250);
  },
);

/** Where idle time never comes: what is completed then, is because the reader came near. */
const NEVER_IDLE = "window.requestIdleCallback = () => 0;";

browserTest("a long chat stands there at once: old messages are text until the reader comes near them", async () => {
  const page = await longChat(NEVER_IDLE);
  expect(await page.locator(".message").count()).toBe(MESSAGES);
  expect(await page.locator(".message:last-child .actions").count()).toBe(1);
  const complete = await page.locator(".message .actions").count();
  expect(complete).toBeLessThan(MESSAGES / 2);
  expect(await page.locator(".answer").first().textContent()).toContain("Answer 1 with **bold**");
  await page.evaluate("document.getElementById('scroll').scrollTop = 0");
  await page.locator(".answer").first().locator("strong", { hasText: "bold" }).waitFor();
  await page.locator(".answer").first().locator("[data-action=again]").waitFor({ state: "attached" });
  expect(await page.locator(".message .actions").count()).toBeLessThan(MESSAGES);
});

browserTest("the view follows the end only while the reader is there; the arrow brings it back", async () => {
  const page = await wholeLongChat();
  node.chat.answer = () => "One more line of the answer.\n\n".repeat(60);
  node.chat.tokenMs = 4;
  // 26 lines, so many more that they would move the view, and the rest: each when the page is ready for it.
  node.chat.holdAfter = [240, 480];
  await page.fill("#input", "One more");
  await page.press("#input", "Enter");
  await page.locator(".answer.running", { hasText: "line of the answer" }).waitFor();
  await page.locator("#scroll").hover();
  await page.mouse.wheel(0, -1500);
  await page.locator("#to-end:not([hidden])").waitFor();
  const at = await page.evaluate(SETTLED_TOP);
  node.chat.onward();
  await page.locator(".running p").nth(50).waitFor({ state: "attached" });
  expect(await page.evaluate("document.getElementById('scroll').scrollTop")).toBe(at);
  await page.click("#to-end");
  node.chat.onward();
  await page
    .locator(".answer:not(.running)")
    .nth(MESSAGES / 2)
    .waitFor({ state: "attached" });
  await page.waitForFunction(
    "(() => { const s = document.getElementById('scroll'); return s.scrollHeight - s.clientHeight - s.scrollTop < 64; })()",
  );
});

/** Where the view stands when it moves no more. */
const SETTLED_TOP = `new Promise((resolve) => {
  let last = -1;
  const look = () => {
    const top = document.getElementById("scroll").scrollTop;
    if (top === last) return resolve(top);
    last = top;
    setTimeout(look, 200);
  };
  look();
})`;

/** As `longChat`, when the browser has found time to complete all messages: nothing changes its height any more. */
async function wholeLongChat(): Promise<Page> {
  const page = await longChat();
  await page
    .locator(".message .actions")
    .nth(MESSAGES - 1)
    .waitFor({ state: "attached" });
  return page;
}

/** A page with a chat of 500 messages open. */
async function longChat(script = ""): Promise<Page & { complaints: unknown }> {
  const page = await browser.page(node.server.url);
  await page.addInitScript(script);
  if (script !== "") await page.reload();
  const messages = Array.from({ length: MESSAGES }, (_, i) => ({
    id: i.toString(16).padStart(32, "0"),
    role: i % 2 === 0 ? "user" : "assistant",
    content:
      i % 2 === 0
        ? `Question ${i}`
        : `Answer ${i} with **bold**, a list:\n\n- one\n- two\n\n\`\`\`js\nconst i = ${i};\n\`\`\`\n\nand an end.`,
    createdMs: i,
  }));
  const chat = { id: "f".repeat(32), title: "A long chat", createdMs: 1, updatedMs: 2, messages };
  const file = JSON.stringify({ format: "ai-block-chats", version: 1, conversations: [chat] });
  await page.setInputFiles("#import-file", { name: "x.json", mimeType: "application/json", buffer: Buffer.from(file) });
  await page.locator(".chat-title", { hasText: "A long chat" }).click();
  await page
    .locator(".answer")
    .nth(MESSAGES / 2 - 1)
    .waitFor({ state: "attached" });
  return page;
}
