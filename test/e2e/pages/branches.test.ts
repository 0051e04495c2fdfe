/** Versions of a message: an answer asked for again and a question changed stay beside the earlier one. */
import { readFile } from "node:fs/promises";
import { AiBlockError } from "../../../src/core/errors.ts";
import { ask, browserTest, type Page, reload, TestBrowser } from "./support/browser.ts";
import { type PageServer, startPageServer } from "./support/pageServer.ts";

const browser = new TestBrowser();
let node: PageServer;

beforeAll(async () => {
  node = await startPageServer();
  await browser.open();
});
beforeEach(() => {
  let answers = 0;
  node.chat.answer = (question) => `Answer ${++answers} to ${question}`;
  node.chat.tokenMs = 0;
  node.chat.requests.length = 0;
  node.chat.refusals.length = 0;
});
afterEach(() => browser.closePages());
afterAll(async () => {
  await browser.close();
  await node.server.close(0);
});

const bodies = async (page: Page): Promise<string[]> =>
  (await page.locator(".message .body").allTextContents()).map((text) => text.trim());
const versions = (page: Page): Promise<string[]> => page.locator(".versions").allTextContents();
/** What the node was asked last. */
function sent(): string[] {
  const { input } = node.chat.requests.at(-1)!;
  return "messages" in input ? input.messages.map(({ content }) => content) : [];
}

/** Asks for the last answer again, and waits for it. */
async function again(page: Page, text: string): Promise<void> {
  await page.locator(".answer").last().locator("[data-action=again]").click();
  await page.locator(".answer:not(.running)", { hasText: text }).waitFor();
}

async function edit(page: Page, question: string, text: string): Promise<void> {
  const found = page.locator(".question", { hasText: question });
  await found.hover();
  await found.locator("[data-action=edit]").click();
  await page.fill("#input", text);
  await page.press("#input", "Enter");
  await page.locator(".answer:not(.running)", { hasText: text }).waitFor();
}

browserTest(
  "answering again keeps the earlier answer; only the shown path is sent, and it is there later",
  async () => {
    const page = await browser.page(node.server.url);
    await ask(page, "one");
    expect(await versions(page)).toEqual([]);
    await again(page, "Answer 2");
    expect(await bodies(page)).toEqual(["one", "Answer 2 to one"]);
    expect(await versions(page)).toEqual(["2/2"]);
    await page.click(".versions [data-action=earlier]");
    expect(await bodies(page)).toEqual(["one", "Answer 1 to one"]);
    expect(await page.locator(".inspected .body").innerText()).toBe("Answer 1 to one");
    await ask(page, "two");
    expect(sent()).toEqual(["one", "Answer 1 to one", "two"]);
    expect(await versions(page)).toEqual(["1/2"]);
    await page.click(".versions [data-action=later]");
    expect(await bodies(page)).toEqual(["one", "Answer 2 to one"]);
    await page.click(".versions [data-action=earlier]");
    expect(await bodies(page)).toEqual(["one", "Answer 1 to one", "two", "Answer 3 to two"]);
    await reload(page);
    await page.locator(".chat-title").click();
    await page.locator(".answer", { hasText: "Answer 3" }).waitFor();
    expect(await bodies(page)).toEqual(["one", "Answer 1 to one", "two", "Answer 3 to two"]);
    expect(await versions(page)).toEqual(["1/2"]);
    expect(page.complaints.errors).toEqual([]);
  },
);

browserTest("a changed question is another version, with what followed each of them", async () => {
  const page = await browser.page(node.server.url);
  await ask(page, "first");
  await ask(page, "second");
  await edit(page, "first", "first, changed");
  expect(sent()).toEqual(["first, changed"]);
  expect(await bodies(page)).toEqual(["first, changed", "Answer 3 to first, changed"]);
  expect(await page.inputValue("#input")).toBe("");
  await page.click(".versions [data-action=earlier]");
  expect(await bodies(page)).toEqual(["first", "Answer 1 to first", "second", "Answer 2 to second"]);
  // Esc leaves the question as it was, and makes no version.
  await page.locator(".question").last().hover();
  await page.locator(".question").last().locator("[data-action=edit]").click();
  await page.keyboard.press("Escape");
  expect(await page.inputValue("#input")).toBe("");
  expect(await versions(page)).toEqual(["1/2"]);
});

browserTest("the versions are switched from the keyboard, keep the focus, and are announced", async () => {
  const page = await browser.page(node.server.url);
  await ask(page, "one");
  await again(page, "Answer 2");
  await again(page, "Answer 3");
  const group = page.getByRole("group", { name: "Version 3 of 3" });
  await group.getByRole("button", { name: "Earlier version" }).focus();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Space");
  expect(await bodies(page)).toEqual(["one", "Answer 1 to one"]);
  expect(await page.locator("#announcer").innerText()).toMatch(/Version 2 of 3\.\s+Version 1 of 3\.\s*$/);
  expect(await page.evaluate("document.activeElement.dataset.action")).toBe("earlier");
  expect(await page.getByRole("button", { name: "Earlier version" }).getAttribute("aria-disabled")).toBe("true");
  await page.keyboard.press("Enter");
  expect(await versions(page)).toEqual(["1/3"]);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  expect(await versions(page)).toEqual(["2/3"]);
});

browserTest("a message is deleted with its versions, after a question when some of them are not shown", async () => {
  const page = await browser.page(node.server.url);
  await ask(page, "one");
  await again(page, "Answer 2");
  await ask(page, "two");
  await page.locator(".answer").first().hover();
  await page.locator(".answer").first().locator("[data-action=delete]").click();
  await page.locator("#confirm[open]", { hasText: "go with it: 1 message." }).waitFor();
  await page.click("#confirm button[value=no]");
  expect(await page.locator(".message").count()).toBe(4);
  await page.locator(".answer").first().locator("[data-action=delete]").click();
  await page.click("#confirm-yes");
  await page.locator(".message").nth(3).waitFor({ state: "detached" });
  expect(await bodies(page)).toEqual(["one", "two", "Answer 3 to two"]);
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("#export")]);
  const text = await readFile(await download.path(), "utf8");
  expect(text).not.toContain("Answer 1");
  expect(text).not.toContain("Answer 2");
});

browserTest("versions go out with an export and come in again", async () => {
  const page = await browser.page(node.server.url);
  await ask(page, "one");
  await again(page, "Answer 2");
  await page.click(".versions [data-action=earlier]");
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("#export")]);
  const path = await download.path();
  // Over the chat that is open: it is shown as the file has it.
  await again(page, "Answer 3");
  await page.setInputFiles("#import-file", path);
  await page.locator(".versions", { hasText: "1/2" }).waitFor();
  await page.click("#delete-all");
  await page.click("#confirm-yes");
  await page.locator(".chat-list .none").waitFor();
  await page.setInputFiles("#import-file", path);
  await page.locator(".chat-title").click();
  await page.locator(".versions", { hasText: "1/2" }).waitFor();
  await page.click(".versions [data-action=later]");
  expect(await bodies(page)).toEqual(["one", "Answer 2 to one"]);
});

browserTest("when the new answer does not come, the earlier one stands there again with the reason", async () => {
  const page = await browser.page(node.server.url);
  await ask(page, "one");
  await again(page, "Answer 2");
  await page.click(".versions [data-action=earlier]");
  node.chat.refusals.push(new AiBlockError("layers_unavailable", "no node serves them", { layers: [2] }));
  await page.locator("[data-action=again]").click();
  await page.locator(".notice.failed").waitFor();
  expect(await bodies(page)).toEqual(["one", "Answer 1 to one"]);
  expect(await versions(page)).toEqual(["1/2"]);
  await page.locator(".notice button", { hasText: "Try again" }).click();
  await page.locator(".answer", { hasText: "Answer 3" }).waitFor();
  expect(await versions(page)).toEqual(["3/3"]);
  expect(sent()).toEqual(["one"]);
});

/** What the page kept before there were versions. */
const STORE_OLD_CHAT = `new Promise((resolve, reject) => {
  const request = indexedDB.open("ai-block", 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore("titles", { keyPath: "id" });
    request.result.createObjectStore("messages", { keyPath: "id" });
  };
  request.onerror = () => reject(request.error);
  request.onsuccess = () => {
    const transaction = request.result.transaction(["titles", "messages"], "readwrite");
    for (const [i, title] of ["Old chat", "Older chat"].entries()) {
      const id = String(i).repeat(32);
      const messages = ["user", "assistant", "user", "assistant"].map((role, n) => ({ id: String(n + 2).repeat(32), role, content: title + ", message " + n, createdMs: n }));
      transaction.objectStore("titles").put({ id, title, createdMs: 1, updatedMs: 9 - i });
      transaction.objectStore("messages").put({ id, messages });
    }
    transaction.oncomplete = () => { request.result.close(); resolve(); };
  };
})`;

browserTest("chats that were stored before there were versions open, and can be answered again", async () => {
  const page = await browser.page(`${node.server.url}/favicon.svg`);
  await page.evaluate(STORE_OLD_CHAT);
  await page.goto(node.server.url);
  await page.locator(".chat-title", { hasText: "Older chat" }).click();
  await page.locator(".answer").nth(1).waitFor();
  expect(await bodies(page)).toEqual([0, 1, 2, 3].map((n) => `Older chat, message ${n}`));
  await page.locator(".chat-title", { hasText: "Old chat" }).click();
  await page.locator(".message", { hasText: "Old chat, message 3" }).waitFor();
  await again(page, "Answer 1");
  expect(sent()).toEqual([0, 1, 2].map((n) => `Old chat, message ${n}`));
  expect(await versions(page)).toEqual(["2/2"]);
  await reload(page);
  await page.locator(".chat-title", { hasText: "Old chat" }).click();
  await page.click(".versions [data-action=earlier]");
  expect(await bodies(page)).toEqual([0, 1, 2, 3].map((n) => `Old chat, message ${n}`));
});

browserTest("in a browser that stores nothing, versions and chats last until the page is left", async () => {
  const page = await browser.page(node.server.url);
  await page.addInitScript("indexedDB.open = () => { throw new DOMException('no', 'SecurityError'); };");
  await page.reload();
  await page.locator("#chats-note", { hasText: "keeps nothing" }).waitFor();
  await ask(page, "one");
  await again(page, "Answer 2");
  await page.click(".versions [data-action=earlier]");
  await page.click("#new-chat");
  await ask(page, "another chat");
  await page.locator(".chat-title", { hasText: "one" }).click();
  await page.locator(".versions", { hasText: "1/2" }).waitFor();
  expect(await bodies(page)).toEqual(["one", "Answer 1 to one"]);
});
