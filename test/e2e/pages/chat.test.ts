import { AiBlockError } from "../../../src/core/errors.ts";
import { until } from "../../api/support/until.ts";
import { ask, browserTest, reload, TestBrowser } from "./support/browser.ts";
import { type PageServer, startPageServer } from "./support/pageServer.ts";

const browser = new TestBrowser();
let node: PageServer;

beforeAll(async () => {
  node = await startPageServer();
  await browser.open();
});
beforeEach(() => {
  node.chat.answer = (question) => `You asked: ${question}`;
  node.chat.tokenMs = 3;
  node.chat.holdAfter = [];
  node.chat.requests.length = 0;
  node.chat.refusals.length = 0;
});
afterEach(() => browser.closePages());
afterAll(async () => {
  await browser.close();
  await node.server.close(0);
});

browserTest("an answer streams: text and experts appear before it has ended, then what computed it", async () => {
  node.chat.answer = () => "word ".repeat(400);
  node.chat.holdAfter = [50];
  const page = await browser.page(node.server.url);
  await page.fill("#input", "Tell me a lot");
  await page.press("#input", "Enter");
  await page.locator(".answer.running", { hasText: "word word" }).waitFor();
  await page.locator("#ribbon span").nth(5).waitFor();
  expect(await page.locator(".answer.running .meta").textContent()).toMatch(/tokens\/s/);
  node.chat.onward();
  await page.locator(".answer:not(.running)").waitFor();
  const provenance = await page.locator("#provenance-body").innerText();
  expect(provenance).toContain(`${node.chain.stateRoot.slice(0, 10)}…`);
  expect(provenance).toMatch(/expert blocks, signed by 2 authors/);
  expect(
    await page
      .locator(`#provenance-body a[href="/explorer?block=${node.chain.headOf("layer0.expert1").idHex}"]`)
      .count(),
  ).toBe(1);
  expect(page.complaints).toEqual({ errors: [], foreignRequests: [] });
});

browserTest("the request has the settings, numbers as numbers, and asks for routing", async () => {
  const page = await browser.page(node.server.url);
  await page.click("#open-settings");
  await page.fill("#set-systemPrompt", "Be brief.");
  await page.fill("#set-temperature", "0,5");
  await page.fill("#set-maxTokens", "3");
  await page.fill("#set-seed", "7");
  await page.fill("#set-stop", "END\n\\n\\n");
  await page.fill("#set-topKExperts", "nine");
  await page.click("#settings-form button[type=submit]");
  expect(await page.locator("#set-topKExperts-problem").textContent()).toMatch(/whole number/);
  const field = page.getByRole("textbox", { name: "Experts per token" });
  expect(await field.getAttribute("aria-describedby")).toBe("set-topKExperts-hint set-topKExperts-problem");
  await page.fill("#set-topKExperts", "1");
  await page.click("#settings-form button[type=submit]");
  await page.reload();
  await ask(page, "one two three four five");
  const request = node.chat.requests[0]!;
  expect(request).toMatchObject({ maxTokens: 3, topKExperts: 1, stop: ["END", "\n\n"], routing: true, useMoe: true });
  expect(request.sampling).toMatchObject({ temperature: 0.5, seed: 7 });
  expect((request.input as { messages: unknown[] }).messages[0]).toEqual({ role: "system", content: "Be brief." });
  expect(await page.locator(".answer .meta").textContent()).toMatch(/cut at the longest length/);
});

browserTest("what the settings leave open is not sent, and each field says what then holds", async () => {
  const page = await browser.page(node.server.url);
  await ask(page, "hello");
  expect(node.chat.requests[0]!.sampling ?? {}).toEqual({});
  await page.click("#open-settings");
  const [temperature, topP] = [page.getByLabel("Temperature"), page.getByLabel("Top p")];
  expect([await temperature.inputValue(), await temperature.getAttribute("placeholder")]).toEqual([
    "",
    "0.7, this model's default",
  ]);
  expect(await topP.getAttribute("placeholder")).toBe("0.8, this model's default");
  expect(await page.getByLabel("Experts per token").getAttribute("placeholder")).toBe("2, this model's default");
  expect(await page.getByLabel("Seed").getAttribute("placeholder")).toBe("");
  await temperature.fill("0");
  await page.click("#settings-form button[type=submit]");
  await page.reload();
  await ask(page, "hello again");
  expect(node.chat.requests[1]!.sampling).toEqual({ temperature: 0 });
  await page.click("#open-settings");
  await page.getByRole("button", { name: "Defaults" }).click();
  expect(await temperature.inputValue()).toBe("");
});

browserTest(
  "settings of an earlier version are kept, but for its temperature when it was that version's default",
  async () => {
    const saved = { systemPrompt: "Be brief.", topP: 0.5, maxTokens: 9, seed: null, stop: ["END"], topKExperts: null };
    for (const [before, after] of [
      [0, undefined],
      [0.3, 0.3],
    ]) {
      node.chat.requests.length = 0;
      const page = await browser.page(node.server.url);
      const text = JSON.stringify({ ...saved, temperature: before, useMoe: false });
      await page.evaluate(`localStorage.setItem("ai-block.settings", ${JSON.stringify(text)})`);
      await page.reload();
      await ask(page, "hello");
      const { sampling, maxTokens, stop, useMoe, input } = node.chat.requests[0]!;
      expect(sampling).toEqual({ topP: 0.5, ...(after !== undefined && { temperature: after }) });
      expect([maxTokens, stop, useMoe]).toEqual([9, ["END"], false]);
      expect((input as { messages: unknown[] }).messages[0]).toEqual({ role: "system", content: "Be brief." });
    }
  },
);

browserTest("Stop ends the work in the node, and what was there of the answer stays", async () => {
  node.chat.answer = () => "word ".repeat(5000);
  node.chat.holdAfter = [50];
  const aborted = node.chat.aborted;
  const page = await browser.page(node.server.url);
  await page.fill("#input", "Go on for ever");
  await page.press("#input", "Enter");
  await page.locator(".answer.running", { hasText: "word" }).waitFor();
  await page.click("#stop");
  await page.locator(".answer:not(.running)").waitFor();
  await until(() => node.chat.aborted === aborted + 1);
  const made = node.chat.tokensMade;
  expect(await page.locator(".answer .meta").textContent()).toMatch(/^stopped/);
  expect(await page.locator(".answer .body").textContent()).toMatch(/word/);
  node.chat.answer = () => "A short answer.";
  await ask(page, "And now?");
  expect(node.chat.tokensMade - made).toBeLessThan(20);
  expect(node.chat.requests.at(-1)?.input).toMatchObject({
    messages: [{ role: "user" }, { role: "assistant" }, { role: "user" }],
  });
});

browserTest(
  "Enter sends, Shift+Enter breaks the line, Enter in a composition does neither; the input works meanwhile",
  async () => {
    const page = await browser.page(node.server.url);
    await page.fill("#input", "first");
    await page.press("#input", "Shift+Enter");
    await page.locator("#input").pressSequentially("second");
    expect(await page.inputValue("#input")).toBe("first\nsecond");
    await page.dispatchEvent("#input", "keydown", { key: "Enter", isComposing: true, bubbles: true, cancelable: true });
    expect(await page.locator(".question").count()).toBe(0);
    node.chat.answer = () => "slow ".repeat(100);
    node.chat.holdAfter = [50];
    await page.press("#input", "Enter");
    await page.locator(".answer.running").waitFor();
    await page.fill("#input", "already writing the next one");
    await page.press("#input", "Enter");
    expect(await page.inputValue("#input")).toBe("already writing the next one");
    await page.keyboard.press("Escape");
    await page.locator(".answer:not(.running)").waitFor();
    expect(await page.locator(".question").count()).toBe(1);
  },
);

browserTest("messages can be copied, answered again, edited, deleted; the chat is there after a reload", async () => {
  const page = await browser.page(node.server.url, { permissions: ["clipboard-read", "clipboard-write"] });
  await ask(page, "Question one");
  await ask(page, "Question two");
  await page.locator(".answer").last().locator("[data-action=copy]").click();
  expect(await page.evaluate("navigator.clipboard.readText()")).toBe("You asked: Question two");
  await page.locator(".answer").last().locator("[data-action=again]").click();
  await page.locator(".answer:not(.running)").nth(1).waitFor();
  expect(node.chat.requests).toHaveLength(3);
  await page.locator(".question").last().hover();
  await page.locator(".question").last().locator("[data-action=edit]").click();
  expect(await page.inputValue("#input")).toBe("Question two");
  await page.fill("#input", "Question three");
  await page.press("#input", "Enter");
  await page.locator(".answer:not(.running)", { hasText: "Question three" }).waitFor();
  expect(await page.locator(".question .body").allTextContents()).toEqual(["Question one", "Question three"]);
  await reload(page);
  await page.locator(".chat-title", { hasText: "Question one" }).click();
  await page.locator(".answer", { hasText: "Question three" }).waitFor();
  expect(await page.locator(".answer .map-button").count()).toBe(2);
  await page.locator(".question").first().hover();
  await page.locator(".question").first().locator("[data-action=delete]").click();
  expect(await page.locator(".message").count()).toBe(2);
});

browserTest("full is told apart from failed, and asks again by itself; other reasons are told in words", async () => {
  const page = await browser.page(node.server.url);
  node.chat.refusals.push(new AiBlockError("overloaded", "no place", { retryAfterMs: 1000 }));
  // The notice stands there for a second only, which a busy browser may not look at.
  await page.evaluate(`window.told = []; new MutationObserver(() => {
    for (const notice of document.querySelectorAll(".notice.full")) window.told.push(notice.textContent);
  }).observe(document.body, { subtree: true, childList: true }); true`);
  await page.fill("#input", "Is there a place?");
  await page.press("#input", "Enter");
  await page.locator(".answer", { hasText: "Is there a place?" }).waitFor();
  expect(String(await page.evaluate("window.told"))).toContain("The node is full");
  expect(await page.locator(".notice").count()).toBe(0);
  node.chat.refusals.push(new AiBlockError("context_length_exceeded", "too long", { limit: 1024, count: 1500 }));
  await page.fill("#input", "Too long?");
  await page.press("#input", "Enter");
  await page
    .locator(".notice.failed", { hasText: "It has 1,500 tokens, and the model reads at most 1,024." })
    .waitFor();
  node.chat.refusals.push(new AiBlockError("layers_unavailable", "no node serves them", { layers: [2, 3] }));
  await page.locator(".notice button", { hasText: "Try again" }).click();
  await page.locator(".notice.failed", { hasText: "Parts of the model are not available" }).waitFor();
  await page.locator(".notice button", { hasText: "Try again" }).click();
  await page.locator(".answer", { hasText: "Too long?" }).waitFor();
});

browserTest(
  "a question in the address is asked once, and what is exported can be imported after all was deleted",
  async () => {
    const page = await browser.page(`${node.server.url}/?q=${encodeURIComponent("What is a head?")}`);
    await page.locator(".answer:not(.running)", { hasText: "What is a head?" }).waitFor();
    expect(page.url()).toBe(`${node.server.url}/`);
    const [download] = await Promise.all([page.waitForEvent("download"), page.click("#export")]);
    const path = await download.path();
    await page.click("#delete-all");
    await page.click("#confirm-yes");
    await page.locator(".chat-list .none").waitFor();
    await page.setInputFiles("#import-file", path);
    await page.locator(".chat-title", { hasText: "What is a head?" }).click();
    await page.locator(".answer", { hasText: "What is a head?" }).waitFor();
    await page.setInputFiles("#import-file", {
      name: "x.json",
      mimeType: "application/json",
      buffer: Buffer.from("{}"),
    });
    await page.locator("#composer-note", { hasText: "The file holds no chats of this page." }).waitFor();
    expect(node.chat.requests).toHaveLength(1);
  },
);

browserTest("pointing at a token shows its experts, at a cell its tokens; the table has the same shares", async () => {
  const page = await browser.page(node.server.url);
  await ask(page, "alpha beta gamma delta");
  await page.locator("#ribbon span").nth(2).hover();
  expect(await page.locator("#map-note").textContent()).toMatch(/^Experts of the token “/);
  await page.focus("#ribbon");
  await page.keyboard.press("ArrowRight");
  expect(await page.locator("#ribbon [aria-selected=true]").count()).toBe(1);
  const rows = await page.locator("#map-table tbody tr").count();
  await page.locator("#map-table summary").click();
  const shares = await page.locator("#map-table tbody td:nth-child(3)").allTextContents();
  expect(shares).toHaveLength(rows);
  const sum = shares.reduce((total, text) => total + Number.parseFloat(text), 0);
  expect(Math.abs(sum - 400)).toBeLessThan(rows);
  const [first] = await page.locator("#map-table tbody tr").first().locator("td").allTextContents();
  const expert = Number((await page.locator("#map-table tbody tr").first().locator("td").nth(1).textContent()) ?? 0);
  await page.locator("#map").hover({ position: { x: 26 + 34 * expert + 17, y: 26 + 34 * Number(first) + 17 } });
  expect(await page.locator("#ribbon .marked").count()).toBeGreaterThan(0);
  expect(await page.locator(".tip").innerText()).toContain(`layer${first}.expert${expert}`);
});
