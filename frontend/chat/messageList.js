// The list of messages: shows a path of them, with one click handler for all their buttons.
// @ts-check
import { copyText } from "../lib/clipboard.js";
import { el, fill } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { EndFollower } from "./endFollower.js";
import { LazyMessages } from "./lazyMessages.js";

const COPIED_MS = 1600;
/** Messages at the end that are rendered at once: more than a screen holds. */
const NEAR_END = 12;

/** @typedef {import("./branches.js").Version} Version */
/** @typedef {import("./conversation.js").Message} Message */
/** @typedef {import("./messageActions.js").ButtonName | "inspect"} ListAction */

export class MessageList {
  #list;
  #lazy;
  #follower;
  /** The finished messages that stand in the list. @type {Map<Message, Version & { element: HTMLElement }>} */
  #shown = new Map();

  /**
   * @param {{ scroll: HTMLElement, list: HTMLElement, toEnd: HTMLElement }} elements
   * @param {(action: ListAction, id: string) => void} onAction
   */
  constructor(elements, onAction) {
    const { list } = elements;
    this.#list = list;
    this.#lazy = new LazyMessages(list);
    this.#follower = new EndFollower(elements);
    list.addEventListener("click", (event) => {
      const button = /** @type {Element} */ (event.target).closest("[data-action]");
      if (!(button instanceof HTMLElement) || button.getAttribute("aria-disabled") === "true") return;
      const action = button.dataset.action;
      if (action === "copy-code")
        void showCopied(button, button.closest(".code-frame")?.querySelector("pre")?.textContent ?? "");
      else onAction(/** @type {any} */ (action), idOf(button));
    });
  }

  /** Shows these messages and nothing else. What stands there already is left alone. @param {readonly Version[]} path */
  show(path) {
    const before = this.#shown;
    this.#shown = new Map();
    for (const [i, version] of path.entries()) {
      const known = before.get(version.message);
      const isSame = known !== undefined && known.at === version.at && known.of === version.of;
      const element = isSame ? known.element : this.#lazy.element(version, i >= path.length - NEAR_END);
      this.#shown.set(version.message, { ...version, element });
    }
    const wanted = new Set([...this.#shown.values()].map(({ element }) => element));
    for (const element of [...this.#list.children]) {
      if (!wanted.has(/** @type {HTMLElement} */ (element))) element.remove();
    }
    /** @type {Element | null} */
    let place = this.#list.firstElementChild;
    for (const element of wanted) {
      if (element === place) place = place.nextElementSibling;
      else this.#list.insertBefore(element, place);
    }
  }

  /** A running answer: the next `show` takes it away. @param {HTMLElement} element */
  append(element) {
    this.#list.append(element);
  }

  /** A line in the list that is not a message, such as why there is no answer. @param {HTMLElement} notice */
  appendNotice(notice) {
    this.#list.append(el("li", { class: "notice-item" }, notice));
  }

  /** @param {string} id */
  elementOf(id) {
    return /** @type {HTMLElement | null} */ (this.#list.querySelector(`[data-id="${CSS.escape(id)}"]`));
  }

  /** Marks the answer whose experts are shown. @param {string | null} id */
  markInspected(id) {
    for (const marked of this.#list.querySelectorAll(".inspected")) marked.classList.remove("inspected");
    if (id !== null) this.elementOf(id)?.classList.add("inspected");
  }

  goToEnd() {
    this.#follower.goToEnd();
  }

  /** Keeps the view where it is. */
  stay() {
    this.#follower.stay();
  }
}

/** Copies, and shows on the button for a moment that it did. @param {HTMLElement} button @param {string} text */
export async function showCopied(button, text) {
  const done = await copyText(text);
  const before = [...button.childNodes];
  if (button.dataset.busy !== undefined) return;
  button.dataset.busy = "";
  const isIcon = button.classList.contains("icon-button");
  fill(button, icon(done ? "check" : "cross"), isIcon ? null : done ? "Copied" : "Not copied");
  setTimeout(() => {
    button.replaceChildren(...before);
    delete button.dataset.busy;
  }, COPIED_MS);
}

/** @param {Element} element */
function idOf(element) {
  return /** @type {HTMLElement | null} */ (element.closest("[data-id]"))?.dataset.id ?? "";
}
