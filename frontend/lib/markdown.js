// Markdown of a model to elements. The model is not trusted: marked makes HTML, DOMPurify keeps a short list of elements
// and attributes, and what comes back is a fragment, never a string. Raw HTML in an answer is shown as text.
// @ts-check
import DOMPurify from "/vendor/dompurify.js";
import { Marked } from "/vendor/marked.js";
import { el } from "./dom.js";
import { icon } from "./icons.js";

const TAGS = [
  ...["p", "br", "hr", "strong", "em", "del", "code", "pre", "blockquote", "ul", "ol", "li", "a"],
  ...["h1", "h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"],
];

/** Deeper nesting than this is shown as plain text: parsers are recursive, and no honest answer needs it. */
const MAX_MARKS_IN_A_ROW = 100;

const marked = new Marked({
  gfm: true,
  breaks: true,
  renderer: {
    // Raw HTML is text; `escapeHtml` below is the only place where text becomes HTML by hand.
    html: ({ text }) => escapeHtml(text),
    // No request goes out because a model wrote an address.
    image: ({ text, href }) => escapeHtml(text || href),
  },
});

/** The answer as elements. @param {string} text @returns {DocumentFragment} */
export function renderMarkdown(text) {
  if (!isReasonable(text)) return plain(text);
  const fragment = DOMPurify.sanitize(/** @type {string} */ (marked.parse(text)), {
    RETURN_DOM_FRAGMENT: true,
    ALLOWED_TAGS: TAGS,
    ALLOWED_ATTR: ["href", "align", "start", "class"],
    ALLOWED_URI_REGEXP: /^(?:https?|mailto):/i,
    // Neither is an address: without this they would have to match the line above.
    ADD_URI_SAFE_ATTR: ["align", "start"],
    ALLOW_DATA_ATTR: false,
  });
  for (const link of fragment.querySelectorAll("a")) {
    link.target = "_blank";
    link.rel = "noopener noreferrer nofollow";
  }
  for (const block of fragment.querySelectorAll("pre")) frameCode(block);
  for (const table of fragment.querySelectorAll("table")) {
    const frame = el("div", { class: "table-frame" });
    table.replaceWith(frame);
    frame.append(table);
  }
  return fragment;
}

/**
 * Lengths of the blocks (paragraphs, lists, code) at the beginning of `text` that later text cannot change any more:
 * all but the last. While an answer streams only the last one is rendered again.
 * @param {string} text
 */
export function finishedLength(text) {
  if (!isReasonable(text)) return 0;
  const blocks = marked.lexer(text);
  let last = blocks.length - 1;
  while (last > 0 && blocks[last]?.type === "space") last--;
  return blocks.slice(0, Math.max(last, 0)).reduce((sum, block) => sum + block.raw.length, 0);
}

/** @param {string} text */
function isReasonable(text) {
  return !new RegExp(`(?:[>*_\\-+\\[\\]()~\`#|!<][ \\t]*){${MAX_MARKS_IN_A_ROW}}`).test(text);
}

/** @param {string} text */
function plain(text) {
  const fragment = document.createDocumentFragment();
  fragment.append(el("p", { class: "plain" }, text));
  return fragment;
}

/** A head with the language and a Copy button; the click is handled by the message list. @param {HTMLElement} block */
function frameCode(block) {
  const name = block.querySelector("code")?.className.match(/^language-([\w+#.-]{1,30})$/)?.[1] ?? "";
  const frame = el("div", { class: "code-frame" });
  block.replaceWith(frame);
  block.tabIndex = 0;
  frame.append(
    el(
      "div",
      { class: "code-head" },
      el("span", null, name),
      el("button", { class: "button plain small", type: "button", "data-action": "copy-code" }, icon("copy"), "Copy"),
    ),
    block,
  );
}

/** @param {string} text */
function escapeHtml(text) {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
