/** A real browser for the tests of the pages: Debian's chromium, where it is installed. */
import { existsSync } from "node:fs";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";

const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find((path) => existsSync(path));

/** `test`, or, without a browser, a skipped one; the reason is printed once a file. Undefined outside of jest. */
export const browserTest = (
  typeof test === "undefined" || CHROMIUM !== undefined ? globalThis.test : test.skip
) as typeof test;

/** For machines that have much else to do: only what never comes takes so long. */
const TIMEOUT_MS = 150_000;

if (CHROMIUM === undefined) {
  process.stderr.write(
    "skipped: tests of the pages need chromium at /usr/bin/chromium (Debian: apt install chromium)\n",
  );
}

export type { Page } from "playwright-core";

/** Everything that a page complained of: errors, refused content, requests that left its origin. */
export interface Complaints {
  readonly errors: string[];
  readonly foreignRequests: string[];
}

export class TestBrowser {
  #browser: Browser | undefined;
  #contexts: BrowserContext[] = [];

  async open(...args: string[]): Promise<void> {
    if (CHROMIUM === undefined) return;
    this.#browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox", ...args] });
  }

  /** A page in a context of its own: empty storage. */
  async page(
    url: string,
    options: Parameters<Browser["newContext"]>[0] = {},
  ): Promise<Page & { complaints: Complaints }> {
    const context = await this.#browser!.newContext({ viewport: { width: 1280, height: 800 }, ...options });
    this.#contexts.push(context);
    context.setDefaultTimeout(TIMEOUT_MS);
    const page = await context.newPage();
    const complaints = watch(page, new URL(url).origin);
    await page.goto(url);
    return Object.assign(page, { complaints });
  }

  /** Closes the pages that were opened since the last time. */
  async closePages(): Promise<void> {
    const contexts = this.#contexts;
    this.#contexts = [];
    await Promise.all(contexts.map((context) => context.close()));
  }

  async close(): Promise<void> {
    await this.closePages();
    await this.#browser?.close();
  }
}

function watch(page: Page, origin: string): Complaints {
  const complaints: Complaints = { errors: [], foreignRequests: [] };
  page.on("pageerror", (error) => complaints.errors.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") complaints.errors.push(message.text());
  });
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(origin) && !/^(?:data|blob|about):/.test(url)) complaints.foreignRequests.push(url);
  });
  return complaints;
}

/** A read of the browser's database: it comes after the writes that were asked for before. */
const READ_DATABASE = `new Promise((resolve, reject) => {
  const request = indexedDB.open("ai-block");
  request.onerror = () => reject(request.error);
  request.onsuccess = () => {
    const transaction = request.result.transaction(["titles", "versions"]);
    transaction.objectStore("titles").count();
    transaction.oncomplete = () => { request.result.close(); resolve(); };
  };
})`;

/** Loads the chat page again when what it has shown is saved. */
export async function reload(page: Page): Promise<void> {
  await page.evaluate(READ_DATABASE);
  await page.reload();
}

/** Asks a question on the chat page and waits until the answer has ended. */
export async function ask(page: Page, question: string): Promise<void> {
  const before = await page.locator(".answer:not(.running)").count();
  await page.fill("#input", question);
  await page.press("#input", "Enter");
  await page.locator(".answer:not(.running)").nth(before).waitFor();
}
