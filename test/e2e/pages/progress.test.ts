import { browserTest, TestBrowser } from "./support/browser.ts";
import { type PageServer, startPageServer } from "./support/pageServer.ts";

const browser = new TestBrowser();
let node: PageServer;

beforeAll(async () => {
  node = await startPageServer();
  await browser.open();
});
beforeEach(() => {
  node.chat.answer = () => "The answer.";
  node.chat.tokenMs = 0;
  node.chat.progress = [
    { stage: "queue", ahead: 3 },
    { stage: "queue", ahead: 1 },
    { stage: "queue", ahead: 0 },
    { stage: "prompt", tokens: 512, total: 2048 },
    { stage: "prompt", tokens: 1536, total: 2048 },
  ];
});
afterEach(() => browser.closePages());
afterAll(async () => {
  await browser.close();
  await node.server.close(0);
});

browserTest(
  "before the first token the page says what is loaded, who comes first and how much of a long conversation is read; then it is gone",
  async () => {
    node.chat.progress = [{ stage: "loading" }, ...node.chat.progress];
    const page = await browser.page(node.server.url);
    await page.fill("#input", "A long question");
    await page.press("#input", "Enter");
    const says = async (words: string): Promise<void> => {
      await page.locator(".answer.running .meta", { hasText: words }).waitFor();
      node.chat.onward();
    };
    await says("Loading an engine for these settings");
    await page.locator(".answer.running .meta", { hasText: "Waiting: 3 questions come first" }).waitFor();
    expect(await page.locator(".answer.running .waiting").isVisible()).toBe(true);
    expect(await page.locator("progress").count()).toBe(0);
    await says("Waiting: 3 questions come first");
    await says("Waiting: 1 question comes first");
    await says("Waiting: this question is next");
    await page.locator(".answer.running .meta", { hasText: "Reading the conversation: 512 of 2,048 tokens" }).waitFor();
    const bar = page.getByRole("progressbar", { name: "Part of the conversation that has been read" });
    expect([await bar.getAttribute("value"), await bar.getAttribute("max")]).toEqual(["512", "2048"]);
    await says("Reading the conversation: 512 of 2,048 tokens");
    await page.locator(".answer.running .meta", { hasText: "1,536 of 2,048 tokens" }).waitFor();
    expect(await bar.getAttribute("value")).toBe("1536");
    await says("1,536 of 2,048 tokens");
    await page.locator(".answer:not(.running)", { hasText: "The answer." }).waitFor();
    expect(await page.locator("progress").count()).toBe(0);
    // Read out once for each kind of waiting, not for every number.
    const said = await page.locator("#announcer p").allTextContents();
    expect(said.filter((line) => /^(?:Loading|Waiting|Reading)/.test(line))).toEqual([
      "Loading an engine for these settings",
      "Waiting: 3 questions come first",
      "Reading the conversation: 512 of 2,048 tokens",
    ]);
    expect(page.complaints).toEqual({ errors: [], foreignRequests: [] });
  },
);

browserTest("Stop works while the question waits, and nothing of it stays but the question", async () => {
  const aborted = node.chat.aborted;
  const page = await browser.page(node.server.url);
  await page.fill("#input", "Never mind");
  await page.press("#input", "Enter");
  await page.locator(".answer.running .meta", { hasText: "3 questions" }).waitFor();
  await page.click("#stop");
  await page.locator(".answer.running").waitFor({ state: "detached" });
  expect(await page.locator(".question").count()).toBe(1);
  expect(await page.locator(".answer").count()).toBe(0);
  while (node.chat.aborted === aborted) await new Promise(setImmediate);
});
