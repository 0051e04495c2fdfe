/**
 * The pages are plain files without a build step or a template, and the server writes the page of the API, so each has
 * the head and the bar written out. They stay alike: what is not of one page alone is in all, in the same order.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { docsPage } from "../../src/api/openapi/page.ts";
import { allRoutes } from "../../src/api/routes/index.ts";
import { ROOT } from "../sourceFiles.ts";

const PAGES: ReadonlyMap<string, string> = new Map([
  ...["index", "dashboard", "explorer", "notFound"].map((name) => [name, fileOf(`${name}.html`)] as const),
  ["docs", docsPage(allRoutes(), true)],
]);

/** Lines that each page has its own way: what it is, which place of the bar it is, the styles and the script it alone has. */
const OWN = [
  /<title>/,
  /name="(?:description|viewport)"/,
  /(?:docs\/style|styles\/(?:chat|sidebar|composer|dialogs|messages|markdown|experts|dashboard|explorer|page))\.css/,
  /type="module"/,
];
/** Buttons in the bar that only the chat has. */
const OWN_BUTTONS = /id="(?:open-chats|open-settings|toggle-inspector)"/;

function fileOf(path: string): string {
  return readFileSync(join(ROOT, "frontend", path), "utf8");
}

function linesOf(html: string, from: string, to: string): string[] {
  const part = html.slice(html.indexOf(from), html.indexOf(to) + to.length);
  expect(part).toContain(from);
  return part.split("\n").map((line) => line.trim());
}

test("the heads of the pages differ only in what is of one page alone", () => {
  const [first, ...others] = [...PAGES.values()].map((page) =>
    linesOf(page, "<head>", "</head>").filter((line) => !OWN.some((own) => own.test(line))),
  );
  expect(first).toContain(`<script src="/lib/themeChoice.js"></script>`);
  for (const other of others) expect(other).toEqual(first);
});

test("the bars of the pages differ only in the present page and in the buttons of the chat", () => {
  const [first, ...others] = [...PAGES].map(([name, page]) => {
    const lines = linesOf(page, `<header class="topbar">`, "</header>").filter((line) => !OWN_BUTTONS.test(line));
    expect(lines.filter((line) => line.includes("aria-current"))).toHaveLength(name === "notFound" ? 0 : 1);
    return lines.map((line) => line.replace(` aria-current="page"`, ""));
  });
  expect(first?.join()).toContain(`href="/explorer"`);
  for (const other of others) expect(other).toEqual(first);
});

test("every style and script that a page names is there", () => {
  for (const page of PAGES.values()) {
    const files = [...page.matchAll(/(?:href|src)="\/((?:styles|lib|chat|dashboard|explorer|notFound|docs)\/[^"]+)"/g)];
    const ofFolder = files.map(([, file]) => file!).filter((file) => file !== "docs/style.css");
    expect(ofFolder.length).toBeGreaterThan(5);
    for (const file of ofFolder) expect(() => fileOf(file)).not.toThrow();
  }
});
