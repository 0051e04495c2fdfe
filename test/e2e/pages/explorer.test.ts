import { readFileSync } from "node:fs";
import { join } from "node:path";
import { browserTest, TestBrowser } from "./support/browser.ts";
import { type PageServer, startPageServer } from "./support/pageServer.ts";

const VECTORS = ["wycheproof", "zip215", "speccheck"];
const browser = new TestBrowser();
let node: PageServer;

beforeAll(async () => {
  node = await startPageServer();
  await browser.open();
});
afterEach(() => browser.closePages());
afterAll(async () => {
  await browser.close();
  await node.server.close(0);
});

browserTest("the browser gives each of the 359 Ed25519 vectors the frozen verdict", async () => {
  const vectors = VECTORS.flatMap((name) => {
    const path = join(import.meta.dirname, `../../fixtures/ed25519/${name}.json`);
    return JSON.parse(readFileSync(path, "utf8")) as { name: string; valid: boolean }[];
  });
  expect(vectors).toHaveLength(359);
  const page = await browser.page(`${node.server.url}/explorer`);
  const wrong = await page.evaluate(`(async (vectors) => {
    const { verifySignature } = await import("/explorer/signature.js");
    const bytes = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
    return vectors.filter(({ signature, message, publicKey, valid }) =>
      verifySignature(bytes(signature), bytes(message), bytes(publicKey)) !== valid).map(({ name }) => name);
  })(${JSON.stringify(vectors)})`);
  expect(wrong).toEqual([]);
});

browserTest("a block's signature, id and fields are checked in the browser, and any change is found", async () => {
  const good = node.chain.headOf("layer1.expert3").idHex;
  const page = await browser.page(`${node.server.url}/explorer?block=${good}`);
  await page.locator(".check-box.good", { hasText: "Signature checked in your browser" }).waitFor();
  const changes: readonly [string, (block: Record<string, unknown>) => void][] = [
    ["The signed bytes say something else about: slot", (block) => (block.slot = "layer1.expert4")],
    ["The signed bytes say something else about: author", (block) => (block.author = "0".repeat(64))],
    ["The signed bytes say something else about: claims", (block) => ((block.claims as { loss: number }).loss = 1)],
    ["✗ The Ed25519 signature", (block) => (block.signature = Buffer.alloc(64, 1).toString("base64"))],
    ["✗ The id is the SHA-256", (block) => (block.header_base64 = changedHeader(String(block.header_base64)))],
    ["The header cannot be read", (block) => (block.header_base64 = "////")],
  ];
  for (const [finding, change] of changes) {
    await page.route("**/chain/blocks/*", async (route) => {
      const answer = await route.fetch();
      const block = (await answer.json()) as Record<string, unknown>;
      change(block);
      await route.fulfill({ response: answer, json: block });
    });
    await page.reload();
    await page.locator(".check-box.bad", { hasText: finding }).waitFor();
    await page.unroute("**/chain/blocks/*");
  }
});

browserTest("a search finds a block by its first digits, a slot, an author and the present state", async () => {
  const page = await browser.page(`${node.server.url}/explorer`);
  const head = node.chain.headOf("layer3.expert6");
  const search = async (text: string): Promise<void> => {
    await page.fill("#query", text);
    await page.press("#query", "Enter");
  };
  await search(head.idHex.slice(0, 12));
  await page.locator("h1", { hasText: "Version of layer3.expert6" }).waitFor();
  await page.locator(".pairs a", { hasText: "layer3.expert6" }).click();
  await page.locator("h1", { hasText: /^layer3\.expert6$/ }).waitFor();
  expect(await page.locator("table").first().locator("tbody tr").count()).toBe(2);
  expect(await page.locator("table").nth(1).locator("tbody tr").count()).toBe(3);
  await search(node.chain.stateRoot);
  await page.locator("main", { hasText: "the hash of these 42 blocks, recomputed in your browser" }).waitFor();
  await search(Buffer.from(head.header.author).toString("hex"));
  await page.locator("h1", { hasText: "Author" }).waitFor();
  expect(await page.locator("table").first().locator("tbody tr").count()).toBe(3);
  await search("12D3KooWFixture");
  await page.locator("h1", { hasText: "Node" }).waitFor();
  expect(await page.locator(".pairs").innerText()).toMatch(/online: the node that serves this page/);
  // A search that finds one thing is no stop on the way back.
  await page.goBack();
  await page.locator("h1", { hasText: "Author" }).waitFor();
  await page.goBack();
  await page.locator("main", { hasText: "recomputed in your browser" }).waitFor();
  await page.goForward();
  await page.locator("h1", { hasText: "Author" }).waitFor();
  await search("zz");
  await page.locator(".empty", { hasText: "Search for the first digits" }).waitFor();
  await page.goBack();
  await page.locator("h1", { hasText: "Author" }).waitFor();
  expect(page.complaints).toEqual({ errors: [], foreignRequests: [] });
});

browserTest("the graph shows the window, lights what belongs together, pauses, and opens blocks", async () => {
  const page = await browser.page(`${node.server.url}/explorer`);
  await page.locator(".dag-node").first().waitFor();
  const amount = node.chain.blocks.length;
  expect(await page.locator(".dag-node").count()).toBe(amount);
  const id = node.chain.headOf("layer3.expert6").idHex;
  await page.locator(`.dag-node[data-id="${id}"]`).hover();
  expect(await page.locator(".dag-edge.lit").count()).toBe(4);
  expect(await page.locator(".tip").innerText()).toContain("layer3.expert6");
  await page.locator("button", { hasText: "Pause" }).click();
  node.chain.grow("layer0.expert0");
  await page.locator("button", { hasText: "Go on" }).click();
  await page.locator(".dag-node").nth(amount).waitFor();
  await page.locator(`.dag-node[data-id="${id}"]`).click();
  await page.locator("h1", { hasText: "Version of layer3.expert6" }).waitFor();
  expect(page.url()).toBe(`${node.server.url}/explorer?block=${id}`);
});

/** The same header with another time: its last bit is turned. */
function changedHeader(base64: string): string {
  const bytes = Buffer.from(base64, "base64");
  bytes[bytes.length - 1]! ^= 1;
  return bytes.toString("base64");
}

browserTest("an address with a slot and no model shows the slot of the served model", async () => {
  const page = await browser.page(`${node.server.url}/explorer?slot=layer0.expert1`);
  await page.locator("h1", { hasText: /^layer0\.expert1$/ }).waitFor();
  await page.locator(".card h2", { hasText: "Versions" }).waitFor();
});

browserTest("an address that nothing answers is a page in a browser, with the ways on", async () => {
  const page = await browser.page(`${node.server.url}/nothing/here`);
  await page.locator("h1", { hasText: "There is nothing at this address" }).waitFor();
  await page.locator("#node-words", { hasText: "Ready" }).waitFor();
  const links = await page.locator("main a").evaluateAll((all) => all.map((link) => link.getAttribute("href")));
  expect(links).toEqual(["/", "/dashboard", "/explorer", "/docs"]);
  expect(page.complaints.errors.filter((text) => !text.includes("404 (Not Found)"))).toEqual([]);
});
