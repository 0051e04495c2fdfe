// The tokens of an answer in a row. Pointing at one, or walking along them with the arrow keys, tells which it is.
// @ts-check
import { el, fill } from "../lib/dom.js";

/** Tokens that are shown; all of them count in the map. */
const MAX_SHOWN = 1500;

/** @typedef {import("./conversation.js").AnswerToken} AnswerToken */

export class Ribbon {
  #box;
  #onPoint;
  #shown = 0;
  /** @type {number | null} */
  #at = null;

  /** @param {HTMLElement} box @param {(index: number | null) => void} onPoint */
  constructor(box, onPoint) {
    this.#box = box;
    this.#onPoint = onPoint;
    box.addEventListener("pointerover", (event) => this.#go(indexOf(event.target)));
    box.addEventListener("pointerleave", () => this.#go(null));
    box.addEventListener("blur", () => this.#go(null));
    box.addEventListener("keydown", (event) => this.#walk(event));
  }

  /** Shows these tokens; those that stand there already are left alone. @param {readonly AnswerToken[]} tokens @param {boolean} isSameAnswer */
  show(tokens, isSameAnswer) {
    if (!isSameAnswer) {
      fill(this.#box);
      this.#shown = 0;
      this.#at = null;
    }
    const end = Math.min(tokens.length, MAX_SHOWN);
    const more = document.createDocumentFragment();
    for (let i = this.#shown; i < end; i++) {
      const text = tokens[i]?.text ?? "";
      const words = text.replaceAll("\n", "↵\n").replaceAll("\t", "⇥");
      const label = text.trim() === "" ? (text.includes("\n") ? "line break" : "space") : text.trim();
      more.append(el("span", { role: "option", id: `token-${i}`, "data-index": i, "aria-label": label }, words));
    }
    this.#box.append(more);
    this.#shown = end;
  }

  /** Marks the tokens for which `isMarked` holds; `null` marks none. @param {((index: number) => boolean) | null} isMarked */
  mark(isMarked) {
    for (const span of this.#box.children) {
      span.classList.toggle("marked", isMarked?.(indexOf(span) ?? -1) ?? false);
    }
    this.#box.classList.toggle("choosing", isMarked !== null);
  }

  /** @param {number | null} index */
  #go(index) {
    if (index === this.#at) return;
    this.#spanAt(this.#at)?.removeAttribute("aria-selected");
    this.#at = index;
    const span = this.#spanAt(index);
    span?.setAttribute("aria-selected", "true");
    if (span === null) this.#box.removeAttribute("aria-activedescendant");
    else this.#box.setAttribute("aria-activedescendant", span.id);
    this.#onPoint(index);
  }

  /** @param {KeyboardEvent} event */
  #walk(event) {
    const from = this.#at ?? -1;
    const to = { ArrowRight: from + 1, ArrowLeft: from - 1, Home: 0, End: this.#shown - 1 }[event.key];
    if (to === undefined || this.#shown === 0) return;
    event.preventDefault();
    this.#go(Math.min(Math.max(to, 0), this.#shown - 1));
    this.#spanAt(this.#at)?.scrollIntoView({ block: "nearest" });
  }

  /** @param {number | null} index */
  #spanAt(index) {
    return index === null ? null : (this.#box.children[index] ?? null);
  }
}

/** @param {EventTarget | null} target */
function indexOf(target) {
  const index = target instanceof HTMLElement ? target.dataset.index : undefined;
  return index === undefined ? null : Number(index);
}
