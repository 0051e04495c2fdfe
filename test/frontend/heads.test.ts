/**
 * The three pages are plain files without a build step or a template, so each has the head and the bar written out.
 * They stay alike: what is not of one page alone is in all three, in the same order.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../sourceFiles.ts";

const PAGES = ["index", "dashboard", "explorer"];

/** Lines that each page has its own way: what it is, which place of the bar it is, the styles and the script it alone has. */
const OWN = [
  /<title>/,
  /name="(?:description|viewport)"/,
  /styles\/(?:chat|sidebar|composer|dialogs|messages|markdown|experts|dashboard|explorer|page)\.css/,
  /type="module"/,
];
/** Buttons in the bar that only the chat has. */
const OWN_BUTTONS = /id="(?:open-chats|open-settings|toggle-inspector)"/;

function linesOf(page: string, from: string, to: string): string[] {
  const html = readFileSync(join(ROOT, "frontend", `${page}.html`), "utf8");
  const part = html.slice(html.indexOf(from), html.indexOf(to) + to.length);
  expect(part).toContain(from);
  return part.split("\n").map((line) => line.trim());
}

test("the heads of the pages differ only in what is of one page alone", () => {
  const heads = PAGES.map((page) =>
    linesOf(page, "<head>", "</head>").filter((line) => !OWN.some((own) => own.test(line))),
  );
  expect(heads[0]).toContain(`<script src="/lib/themeChoice.js"></script>`);
  expect(heads[1]).toEqual(heads[0]);
  expect(heads[2]).toEqual(heads[0]);
});

test("the bars of the pages differ only in the present page and in the buttons of the chat", () => {
  const bars = PAGES.map((page) => {
    const lines = linesOf(page, `<header class="topbar">`, "</header>").filter((line) => !OWN_BUTTONS.test(line));
    expect(lines.filter((line) => line.includes("aria-current"))).toHaveLength(1);
    return lines.map((line) => line.replace(` aria-current="page"`, ""));
  });
  expect(bars[0]?.join()).toContain(`href="/explorer"`);
  expect(bars[1]).toEqual(bars[0]);
  expect(bars[2]).toEqual(bars[0]);
});

test("every style and script that a page names is there", () => {
  for (const page of PAGES) {
    const html = readFileSync(join(ROOT, "frontend", `${page}.html`), "utf8");
    const files = [...html.matchAll(/(?:href|src)="\/((?:styles|lib|chat|dashboard|explorer)\/[^"]+)"/g)];
    expect(files.length).toBeGreaterThan(7);
    for (const [, file] of files) expect(() => readFileSync(join(ROOT, "frontend", file!))).not.toThrow();
  }
});
