// An answer that is being written: only the block at its end is rendered again, at most once a frame. What is finished
// of it stays as it is.
// @ts-check
import { el, fill } from "../lib/dom.js";
import { finishedLength, renderMarkdown } from "../lib/markdown.js";

/** @typedef {import("./conversation.js").Message} Message */

export class LiveAnswer {
  element;
  #body;
  #meta;
  #finished;
  #live;
  /** Length of the text that is in `#finished`. */
  #settled = 0;
  #shown = 0;

  /** @param {Message} message */
  constructor(message) {
    this.#finished = el("div", { class: "blocks" });
    this.#live = el("div", { class: "blocks live" });
    this.#body = el(
      "div",
      { class: "body markdown" },
      el("div", { class: "waiting" }, el("span"), el("span"), el("span")),
    );
    this.#meta = el("span", { class: "meta" }, "Waiting for the first token");
    this.element = el(
      "li",
      { class: "message answer running", "data-id": message.id },
      el("h3", { class: "visually-hidden" }, "Model"),
      this.#body,
      el("div", { class: "foot" }, this.#meta),
    );
  }

  /** @param {string} text the whole answer so far @param {string} meta */
  update(text, meta) {
    this.#meta.textContent = meta;
    if (text.length === this.#shown) return;
    if (this.#shown === 0) fill(this.#body, this.#finished, this.#live);
    this.#shown = text.length;
    const more = finishedLength(text.slice(this.#settled));
    if (more > 0) {
      this.#finished.append(renderMarkdown(text.slice(this.#settled, this.#settled + more)));
      this.#settled += more;
    }
    fill(this.#live, renderMarkdown(text.slice(this.#settled)));
  }
}
