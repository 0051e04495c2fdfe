// An answer that is being written. Before its first token: who comes first, or how much of a long conversation has
// been read. Then only the block at its end is rendered again, at most once a frame. What is finished
// of it stays as it is.
// @ts-check
import { el, fill } from "../lib/dom.js";
import { count } from "../lib/format.js";
import { finishedLength, renderMarkdown } from "../lib/markdown.js";

/** @typedef {import("./conversation.js").Message} Message */
/** @typedef {import("./answerRun.js").Progress} Progress */

export class LiveAnswer {
  element;
  #body;
  #meta;
  #finished;
  #live;
  /** Length of the text that is in `#finished`. */
  #settled = 0;
  #shown = 0;
  /** How much has been read; there as soon as it is known. @type {HTMLProgressElement | null} */
  #reading = null;

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

  /** @param {Progress} progress before the first token */
  showProgress(progress) {
    if (progress.stage !== "prompt") return;
    if (this.#reading === null) {
      this.#reading = el("progress", { class: "reading", "aria-label": "Part of the conversation that has been read" });
      fill(this.#body, el("div", { class: "waiting" }, this.#reading));
    }
    this.#reading.max = progress.total;
    this.#reading.value = progress.tokens;
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

/** Why there is no token yet; nothing where there is no reason to tell. @param {Progress | null} progress */
export function progressWords(progress) {
  if (progress?.stage === "loading") return "Loading an engine for these settings";
  if (progress?.stage === "prompt") {
    return `Reading the conversation: ${count(progress.tokens)} of ${count(progress.total)} tokens`;
  }
  if (progress?.stage !== "queue") return "";
  if (progress.ahead === 0) return "Waiting: this question is next";
  return `Waiting: ${progress.ahead === 1 ? "1 question comes" : `${count(progress.ahead)} questions come`} first`;
}
