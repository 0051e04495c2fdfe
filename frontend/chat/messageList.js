// The list of messages: what is added and taken away, one click handler for all of them, and scrolling that follows
// the end only while the reader is there.
// @ts-check
import { copyText } from "../lib/clipboard.js";
import { el, fill } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { messageElement } from "./messageView.js";

/** How near the end counts as being there. */
const NEAR_PX = 64;
const COPIED_MS = 1600;
/** A move this soon after a wheel, a touch or a key is the reader's. */
const READER_MS = 1000;

/** @typedef {import("./conversation.js").Message} Message */
/** @typedef {"edit" | "again" | "delete" | "inspect"} ListAction */

export class MessageList {
  #scroll;
  #list;
  #toEnd;
  #following = true;
  #lastTop = 0;
  /** When the reader last moved something. */
  #touchedMs = 0;

  /**
   * @param {{ scroll: HTMLElement, list: HTMLElement, toEnd: HTMLElement }} elements
   * @param {(action: ListAction, id: string) => void} onAction
   */
  constructor({ scroll, list, toEnd }, onAction) {
    this.#scroll = scroll;
    this.#list = list;
    this.#toEnd = toEnd;
    for (const type of ["wheel", "touchmove", "keydown", "pointerdown"]) {
      scroll.addEventListener(type, () => (this.#touchedMs = performance.now()), { passive: true });
    }
    scroll.addEventListener("scroll", () => this.#noticeScroll(), { passive: true });
    toEnd.addEventListener("click", () => this.goToEnd());
    // The list grows while an answer is written, and the frame shrinks when the keyboard of a phone opens.
    const observer = new ResizeObserver(() => this.follow());
    observer.observe(list);
    observer.observe(scroll);
    list.addEventListener("click", (event) => {
      const button = /** @type {Element} */ (event.target).closest("[data-action]");
      if (!(button instanceof HTMLElement)) return;
      const action = button.dataset.action;
      if (action === "copy-code")
        void showCopied(button, button.closest(".code-frame")?.querySelector("pre")?.textContent ?? "");
      else onAction(/** @type {any} */ (action), idOf(button));
    });
  }

  /** @param {readonly Message[]} messages */
  showAll(messages) {
    fill(this.#list, messages.map(messageElement));
    this.goToEnd();
  }

  /** @param {Message | HTMLElement} message */
  append(message) {
    this.#list.append(message instanceof HTMLElement ? message : messageElement(message));
  }

  /** Puts the finished form in place of a running answer, or an edited message in its place. @param {HTMLElement} element @param {Message} message */
  replace(element, message) {
    element.replaceWith(messageElement(message));
    this.follow();
  }

  /** Drops the last `amount` messages, and notices. @param {number} amount */
  dropLast(amount) {
    this.removeNotices();
    for (let i = 0; i < amount; i++) this.#list.lastElementChild?.remove();
  }

  /** @param {readonly string[]} ids */
  keepOnly(ids) {
    this.removeNotices();
    for (const element of [...this.#list.children]) {
      if (!ids.includes(/** @type {HTMLElement} */ (element).dataset.id ?? "")) element.remove();
    }
  }

  /** A line in the list that is not a message, such as why there is no answer. @param {HTMLElement} notice */
  appendNotice(notice) {
    this.#list.append(el("li", { class: "notice-item" }, notice));
    this.follow();
  }

  removeNotices() {
    for (const notice of this.#list.querySelectorAll(".notice-item")) notice.remove();
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
    this.#following = true;
    this.follow();
  }

  /** Stays at the end if the reader was there. */
  follow() {
    if (this.#following) this.#scroll.scrollTop = this.#scroll.scrollHeight;
    this.#toEnd.hidden = this.#following || this.#distance() <= NEAR_PX;
  }

  /** Only a move upwards that follows a touch is the reader's: the browser moves the view, too, when heights change. */
  #noticeScroll() {
    const top = this.#scroll.scrollTop;
    if (this.#distance() <= NEAR_PX) this.#following = true;
    else if (top < this.#lastTop && performance.now() - this.#touchedMs < READER_MS) this.#following = false;
    this.#lastTop = top;
    this.#toEnd.hidden = this.#following;
  }

  #distance() {
    return this.#scroll.scrollHeight - this.#scroll.clientHeight - this.#scroll.scrollTop;
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
