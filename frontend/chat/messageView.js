// One message on the page. A finished message is rendered once and never again; of a running answer only the block
// that is still being written is rendered, at most once a frame.
// @ts-check
import { el, fill } from "../lib/dom.js";
import { paintThumbnail } from "../lib/expertGrid.js";
import { duration, percent, plural, short } from "../lib/format.js";
import { icon } from "../lib/icons.js";
import { finishedLength, renderMarkdown } from "../lib/markdown.js";
import { largestShare, sharesOf } from "./shares.js";

/** @typedef {import("./conversation.js").Message} Message */

/** The element of a message that will not change any more. @param {Message} message @returns {HTMLLIElement} */
export function messageElement(message) {
  return message.role === "user" ? questionElement(message) : answerElement(message);
}

/** @param {Message} message */
function questionElement(message) {
  return el(
    "li",
    { class: "message question", "data-id": message.id },
    el("h3", { class: "visually-hidden" }, "You"),
    el("div", { class: "body" }, message.content),
    el("div", { class: "actions" }, ...actions(["copy", "edit", "delete"])),
  );
}

/** @param {Message} message */
function answerElement(message) {
  const body = el("div", { class: "body markdown" });
  body.append(renderMarkdown(message.content));
  return el(
    "li",
    { class: "message answer", "data-id": message.id },
    el("h3", { class: "visually-hidden" }, "Model"),
    body,
    el("div", { class: "foot" }, mapButton(message), el("span", { class: "meta" }, metaText(message)), actionBar()),
  );
}

/** An answer that is being written. */
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

/** Speed and length of an answer, in a line. @param {Message} message */
function metaText({ details = {}, tokens = [] }) {
  const { timings, usage } = details;
  const made = usage?.completion_tokens ?? tokens.length;
  return [
    details.finish_reason === "stopped"
      ? "stopped"
      : details.finish_reason === "length"
        ? "cut at the longest length"
        : "",
    made > 0 ? plural(made, "token") : "",
    timings?.tokens_per_second > 0 ? `${short(timings.tokens_per_second)} tokens/s` : "",
    timings?.first_token_ms > 0 ? `first after ${duration(timings.first_token_ms)}` : "",
  ]
    .filter((part) => part !== "")
    .join(" · ");
}

/** The answer's own picture: a press opens the expert map. @param {Message} message */
function mapButton(message) {
  const shape = message.details?.shape ?? [];
  if (shape.length === 0 || (message.tokens ?? []).length === 0) return null;
  const shares = sharesOf(message);
  const most = largestShare(shape, shares);
  const canvas = el("canvas");
  paintThumbnail(canvas, shape, (layer, expert) => shares(layer, expert) / most);
  const label = `Experts of this answer; the busiest has ${percent(most)} of its layer`;
  return el(
    "button",
    { class: "map-button", type: "button", "data-action": "inspect", "aria-label": label, title: label },
    canvas,
  );
}

function actionBar() {
  return el("div", { class: "actions" }, ...actions(["copy", "again", "delete"]));
}

const ACTIONS = /** @type {const} */ ({
  copy: { label: "Copy", icon: "copy" },
  edit: { label: "Edit and send again", icon: "edit" },
  again: { label: "Answer again", icon: "again" },
  delete: { label: "Delete", icon: "trash" },
});

/** @param {(keyof typeof ACTIONS)[]} names */
function actions(names) {
  return names.map((name) => {
    const { label, icon: picture } = ACTIONS[name];
    const attributes = {
      class: "icon-button small",
      type: "button",
      "data-action": name,
      "aria-label": label,
      title: label,
    };
    return el("button", attributes, icon(picture));
  });
}
