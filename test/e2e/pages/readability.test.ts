import { ask, browserTest, type Page, TestBrowser } from "./support/browser.ts";
import { type PageServer, startPageServer } from "./support/pageServer.ts";

const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
const browser = new TestBrowser();
let node: PageServer;

/** WCAG 2.2, 1.4.3: text that is large (24 px, or 18.66 px and bold) needs 3, all other text 4.5. */
const LOW_CONTRAST = `(() => {
  const parse = (color) => (color.match(/[\\d.]+/g) ?? []).map(Number);
  const over = ([r, g, b, a = 1], below) => [r, g, b].map((value, i) => value * a + below[i] * (1 - a));
  const ground = (element) => {
    const chain = [];
    for (let e = element; e; e = e.parentElement) chain.unshift(parse(getComputedStyle(e).backgroundColor));
    return chain.reduce((below, color) => over(color, below), [255, 255, 255]);
  };
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((value) => { const c = value / 255; return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const found = [];
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim() !== "");
    const isField = element.matches("input, textarea") && element.placeholder;
    if ((!own && !isField) || !element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) || element.closest(".visually-hidden, svg, .skip, :disabled")) continue;
    const style = getComputedStyle(element, isField && !element.value ? "::placeholder" : null);
    const below = ground(element);
    const text = over(parse(style.color), below);
    const [dark, light] = [luminance(text), luminance(below)].sort((a, b) => a - b);
    const ratio = (light + 0.05) / (dark + 0.05);
    const size = parseFloat(style.fontSize);
    const needed = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 600) ? 3 : 4.5;
    if (ratio < needed) found.push(\`\${ratio.toFixed(2)} \${element.className || element.tagName} "\${(element.textContent || element.placeholder).slice(0, 30)}"\`);
  }
  return found;
})()`;

beforeAll(async () => {
  node = await startPageServer();
  node.chat.tokenMs = 0;
  node.chat.answer = () =>
    "An answer with `code`, [a link](https://example.org), a list:\n\n- one\n\n> and a quotation\n\n```sh\nnpm start\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |";
  await browser.open();
});
afterEach(() => browser.closePages());
afterAll(async () => {
  await browser.close();
  await node.server.close(0);
});

for (const colorScheme of ["light", "dark"] as const) {
  browserTest(`every text has enough contrast, ${colorScheme}`, async () => {
    const chat = await browser.page(node.server.url, { colorScheme });
    await chat.locator("#map-note:not(:empty)").waitFor();
    expect(await chat.evaluate(LOW_CONTRAST)).toEqual([]);
    await ask(chat, "What is a head?");
    await chat.locator("#map-table summary").click();
    expect(await chat.evaluate(LOW_CONTRAST)).toEqual([]);
    await chat.click("#open-settings");
    expect(await chat.evaluate(LOW_CONTRAST)).toEqual([]);
    for (const path of ["/dashboard", "/explorer", `/explorer?block=${node.chain.meta.idHex}`, "/docs"]) {
      const page = await open(path, { colorScheme });
      expect(await page.evaluate(LOW_CONTRAST)).toEqual([]);
    }
  });
}

browserTest("the theme follows the system, and the switch of any page goes over it, for all pages", async () => {
  const page = await browser.page(`${node.server.url}/dashboard`, { colorScheme: "dark" });
  const ground = () => page.evaluate("getComputedStyle(document.documentElement).backgroundColor");
  const dark = await ground();
  await page.click("#theme");
  const light = await ground();
  expect(light).not.toBe(dark);
  for (const path of ["/", "/docs", "/explorer"]) {
    await page.goto(node.server.url + path);
    expect([path, await ground()]).toEqual([path, light]);
  }
  await page.goto(`${node.server.url}/docs`);
  await page.click("#theme");
  expect(await page.getAttribute("#theme", "title")).toBe("Theme: dark");
  expect(await ground()).toBe(dark);
  expect(await page.evaluate("getComputedStyle(document.body).backgroundColor")).toBe(dark);
  await page.goto(node.server.url);
  expect(await page.getAttribute("#theme", "title")).toBe("Theme: dark");
  await page.click("#theme");
  expect(await page.getAttribute("#theme", "title")).toBe("Theme: system");
  expect(await ground()).toBe(dark);
  expect(page.complaints).toEqual({ errors: [], foreignRequests: [] });
});

browserTest("on a phone nothing is wider than the screen, and chats, experts and settings can be reached", async () => {
  for (const path of [
    "/dashboard",
    "/explorer",
    `/explorer?block=${node.chain.meta.idHex}`,
    `/explorer?q=layer1.expert3`,
    "/docs",
  ]) {
    const page = await open(path, PHONE);
    expect(await widthOf(page)).toBe(390);
  }
  const page = await browser.page(node.server.url, PHONE);
  await ask(page, `What about ${"averylongwordwithoutspaces".repeat(12)}?`);
  expect(await widthOf(page)).toBe(390);
  await page.tap(".map-button");
  await page.locator("#provenance-body dl").waitFor();
  expect(await widthOf(page)).toBe(390);
  await page.tap("#close-inspector");
  await page.tap("#open-chats");
  await page.tap(".chat-title");
  await page.locator(".answer").waitFor();
  await page.tap("#open-settings");
  expect((await page.locator("#settings").boundingBox())?.width).toBeLessThanOrEqual(390);
});

browserTest("everything works from the keyboard, and every control has a name", async () => {
  const page = await browser.page(node.server.url);
  await page.locator("#input:focus").waitFor();
  await page.keyboard.type("What is a head?");
  await page.keyboard.press("Enter");
  await page.locator(".answer:not(.running)").waitFor();
  await page.locator("#new-chat").focus();
  await page.keyboard.press("?");
  await page.locator("#shortcuts[open]").waitFor();
  await page.keyboard.press("Escape");
  await page.keyboard.press("s");
  await page.locator("#settings[open]").waitFor();
  await page.keyboard.press("Escape");
  const wasOpen = await page.getAttribute("#toggle-inspector", "aria-expanded");
  await page.keyboard.press("e");
  expect(await page.getAttribute("#toggle-inspector", "aria-expanded")).not.toBe(wasOpen);
  await page.keyboard.press("/");
  expect(await page.evaluate("document.activeElement.id")).toBe("input");
  await page.keyboard.type("n?e");
  expect(await page.inputValue("#input")).toBe("n?e");
  const unnamed = await page.evaluate(`[...document.querySelectorAll("button, a, input, textarea, select, canvas")]
    .filter((control) => !(control.getAttribute("aria-label") || control.labels?.length || control.textContent.trim() || control.type === "hidden" || control.closest("[aria-hidden]") || control.parentElement.getAttribute("aria-label")))
    .map((control) => control.outerHTML.slice(0, 80))`);
  expect(unnamed).toEqual([]);
});

browserTest("a screen reader hears an answer in sentences, not in tokens", async () => {
  const page = await browser.page(node.server.url);
  node.chat.answer = () => "The first sentence. The second one! And an end";
  await page.evaluate(`window.heard = []; new MutationObserver((records) => {
    for (const { addedNodes } of records) for (const added of addedNodes) window.heard.push(added.textContent);
  }).observe(document.getElementById("announcer"), { childList: true }); true`);
  node.chat.tokenMs = 40;
  await ask(page, "Say three things");
  node.chat.tokenMs = 0;
  const heard = (await page.evaluate("window.heard")) as string[];
  expect(heard[0]).toBe("The model answers.");
  expect(heard.slice(1, -1).join(" ")).toBe("The first sentence. The second one! And an end");
  expect(heard.at(-1)).toBe("Answer complete.");
  expect(heard.length).toBeLessThanOrEqual(5);
  expect(await page.getAttribute("#announcer", "aria-live")).toBe("polite");
});

async function open(path: string, options: object): Promise<Page> {
  const page = await browser.page(node.server.url + path, options);
  // What the page's script puts there last.
  const last = path === "/docs" ? "#theme .icon" : path === "/dashboard" ? "#heads dl" : "#view .card";
  await page.locator(last).first().waitFor();
  return page;
}

function widthOf(page: Page): Promise<unknown> {
  return page.evaluate("document.documentElement.scrollWidth");
}
