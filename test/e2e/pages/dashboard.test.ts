import { errorCode } from "../../../src/core/errors.ts";
import { browserTest, TestBrowser } from "./support/browser.ts";
import { allExperts } from "./support/fixtureServices.ts";
import { type PageServer, startPageServer } from "./support/pageServer.ts";

const browser = new TestBrowser();
let node: PageServer;

beforeAll(async () => {
  node = await startPageServer();
  await browser.open();
});
afterEach(async () => {
  await browser.closePages();
  node.health = {};
});
afterAll(async () => {
  await browser.close();
  await node.server.close(0);
});

browserTest("the status line says healthy or degraded and why", async () => {
  const page = await browser.page(`${node.server.url}/dashboard`);
  await page.locator("#status h1", { hasText: "Healthy" }).waitFor();
  node.health = { status: "degraded", reason: "The disk is nearly full." };
  await page.locator("#status h1", { hasText: "Degraded" }).waitFor();
  expect(await page.locator("#status p").textContent()).toBe("The disk is nearly full.");
  node.health = { status: "loading", reason: "" };
  await page.locator("#status h1", { hasText: "Loading" }).waitFor();
});

browserTest("map and table have the same numbers; the table sorts; rewards stand beside their formula", async () => {
  const page = await browser.page(`${node.server.url}/dashboard`);
  await page.locator("#experts-table tbody tr").first().waitFor({ state: "attached" });
  await page.locator("#experts-table summary").click();
  const usage = await allExperts(node.services);
  const shares = await page.locator("#experts-table tbody td:nth-child(2)").allTextContents();
  expect(shares).toHaveLength(usage.length);
  const most = [...usage].sort((a, b) => b.routedShare - a.routedShare)[0]!;
  expect(await page.locator("#experts-table tbody td").first().textContent()).toBe(most.slot);
  await page.locator("#map").hover({ position: { x: 26 + 34 * most.expert + 17, y: 26 + 34 * most.layer + 17 } });
  expect(await page.locator(".tip").innerText()).toContain(`${most.slot}\n${shares[0]} of its layer`);
  await page.locator("#experts-table th button", { hasText: "Reward" }).click();
  const rewards = (await page.locator("#experts-table tbody td:nth-child(7)").allTextContents()).map(Number);
  expect(rewards).toEqual([...rewards].sort((a, b) => b - a));
  expect(await page.locator(".formula").innerText()).toContain("usage × speed × quality");
  const accounts = await page.locator("#rewards table").last().locator("thead th").allTextContents();
  expect(accounts).toEqual(["Author", "Confirmed", "Pending"]);
  expect(await page.locator("#ledger .badge.pending").count()).toBeGreaterThan(0);
  // All of an entry is seen without scrolling sideways.
  const frame = page.locator("#ledger .table-frame");
  expect(await frame.evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)).toBeLessThanOrEqual(0);
  await page.locator("#measures button", { hasText: "Time a token" }).click();
  expect(await page.locator("#map-legend").innerText()).toMatch(/ms$/);
  expect(page.complaints).toEqual({ errors: [], foreignRequests: [] });
});

/** How many texts of the lines reach beyond their card, or into each other. Of the texts, not of the boxes around them. */
const MISPLACED = `(() => {
  const { right } = document.querySelector("#heads").getBoundingClientRect();
  const texts = [...document.querySelectorAll(".improvements li > *")].map((each) => {
    const range = document.createRange();
    range.selectNodeContents(each);
    return range.getBoundingClientRect();
  });
  const meet = (a, b) =>
    a !== b && a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1;
  return texts.filter((text) => text.right > right + 1 || texts.some((other) => meet(text, other))).length;
})()`;

browserTest(
  "offered improvements stay inside their card at every width, with long names and large letters",
  async () => {
    const page = await browser.page(`${node.server.url}/dashboard`);
    await page.locator(".improvements li").first().waitFor();
    await page.evaluate(`
    document.documentElement.style.fontSize = "125%";
    for (const link of document.querySelectorAll(".improvements li > a")) link.textContent = "layer127.expert1023";
  `);
    for (const width of [1280, 1024, 870, 390]) {
      await page.setViewportSize({ width, height: 800 });
      expect([width, await page.evaluate(MISPLACED)]).toEqual([width, 0]);
    }
  },
);

browserTest("the table of rewards fits into its card on a phone", async () => {
  const page = await browser.page(`${node.server.url}/dashboard`, { viewport: { width: 390, height: 800 } });
  await page.locator("#rewards table").first().waitFor();
  const hidden = await page.evaluate(`[...document.querySelectorAll("#rewards .table-frame")].map((frame) =>
    frame.scrollWidth - frame.clientWidth)`);
  expect(hidden).toEqual([0, 0]);
});

browserTest("when the node goes away the pages say so, keep what they have, and recover by themselves", async () => {
  const own = await startPageServer();
  const { port } = own.server;
  const page = await browser.page(`${own.server.url}/dashboard`);
  const chat = await browser.page(own.server.url);
  await page.locator("#heads dl").waitFor();
  await chat.locator("#map-note:not(:empty)").waitFor();
  await own.server.close(0);
  await page.locator("#lost", { hasText: "Connection to the node lost, retrying" }).waitFor();
  await page.locator("#status h1", { hasText: "Not reachable" }).waitFor();
  expect(await page.locator("#age").textContent()).toMatch(/^as of /);
  expect(await page.locator("#heads dl").count()).toBe(1);
  await chat.fill("#input", "Are you there?");
  await chat.press("#input", "Enter");
  await chat.locator(".notice.failed", { hasText: "Connection lost" }).waitFor();
  const again = await startOn(port);
  try {
    await page.locator("#status h1", { hasText: "Healthy" }).waitFor();
    expect(await page.locator("#lost").isHidden()).toBe(true);
    await chat.locator(".notice button", { hasText: "Try again" }).click();
    await chat.locator(".answer", { hasText: "Are you there?" }).waitFor();
  } finally {
    await again.server.close(0);
  }
});

/** As soon as the port is free: another program may have been given it meanwhile. */
async function startOn(port: number): Promise<PageServer> {
  for (;;) {
    try {
      return await startPageServer(port);
    } catch (error) {
      if (errorCode(error) !== "port_busy") throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
