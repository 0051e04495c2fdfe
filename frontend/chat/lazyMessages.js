// Old messages are plain text at first. Each is completed when the browser is about to show it, and all the others while
// there is nothing else to do, newest first: so a long chat stands there at once, and is soon whole for a search in it.
// @ts-check
import { complete, messageElement, plainElement } from "./messageView.js";

/** @typedef {import("./branches.js").Version} Version */

/** Work at a time, in a browser that does not tell when it is idle. */
const SLICE_MS = 6;
const PAUSE_MS = 30;

export class LazyMessages {
  /** Oldest first. @type {Map<Element, Version>} */
  #plain = new Map();
  /** Elements in the order in which they come. @type {Element[]} */
  #queue = [];
  #isPlanned = false;

  /** @param {HTMLElement} list */
  constructor(list) {
    // Comes of `content-visibility: auto`, some way before the message is in sight.
    const near = (/** @type {any} */ event) => event.skipped || this.#complete(event.target);
    list.addEventListener("contentvisibilityautostatechange", near, true);
  }

  /** @param {Version} version @param {boolean} isNear whether it will be seen at once */
  element(version, isNear) {
    if (isNear) return messageElement(version);
    const element = plainElement(version);
    this.#plain.set(element, version);
    this.#queue.push(element);
    this.#plan();
    return element;
  }

  #plan() {
    if (this.#isPlanned || this.#queue.length === 0) return;
    this.#isPlanned = true;
    const work = (/** @type {{ timeRemaining(): number }} */ deadline) => {
      this.#isPlanned = false;
      for (let element = this.#queue.pop(); element !== undefined; element = this.#queue.pop()) {
        if (element.isConnected) this.#complete(element);
        else this.#plain.delete(element);
        if (deadline.timeRemaining() < 2) break;
      }
      this.#plan();
    };
    if (typeof requestIdleCallback === "function") {
      requestIdleCallback(work);
      return;
    }
    setTimeout(() => {
      const end = performance.now() + SLICE_MS;
      work({ timeRemaining: () => end - performance.now() });
    }, PAUSE_MS);
  }

  /** @param {Element} element */
  #complete(element) {
    const version = this.#plain.get(element);
    this.#plain.delete(element);
    if (version !== undefined) complete(element, version);
  }
}
