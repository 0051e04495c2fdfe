// The parts of a message that will not change any more. An old message comes first as plain text, which costs next to
// nothing; the rest of it when somebody is about to see it (lazyMessages.js).
// @ts-check
import { el, fill } from "../lib/dom.js";
import { paintThumbnail } from "../lib/expertGrid.js";
import { duration, percent, plural, short } from "../lib/format.js";
import { renderMarkdown } from "../lib/markdown.js";
import { actionButtons, versionBar } from "./messageActions.js";
import { largestShare, sharesOf } from "./shares.js";

/** @typedef {import("./conversation.js").Message} Message */
/** @typedef {import("./branches.js").Version} Version */

/** The message as plain text. @param {Version} version */
export function plainElement({ message }) {
  const isQuestion = message.role === "user";
  return el(
    "li",
    { class: `message ${isQuestion ? "question" : "answer"}`, "data-id": message.id },
    el("h3", { class: "visually-hidden" }, isQuestion ? "You" : "Model"),
    el("div", { class: isQuestion ? "body" : "body markdown plain" }, message.content),
  );
}

/** The message with everything. @param {Version} version */
export function messageElement(version) {
  const element = plainElement(version);
  complete(element, version);
  return element;
}

/** Gives a plain element what it lacks. @param {Element} element @param {Version} version */
export function complete(element, { message, at, of }) {
  if (message.role === "user") {
    element.append(actionBar(["copy", "edit", "delete"]));
    if (of > 1) element.append(versionBar(at, of));
    return;
  }
  const body = /** @type {Element} */ (element.querySelector(".body"));
  body.classList.remove("plain");
  fill(body, renderMarkdown(message.content));
  element.append(
    el(
      "div",
      { class: "foot" },
      of > 1 ? versionBar(at, of) : null,
      mapButton(message),
      el("span", { class: "meta" }, metaText(message)),
      actionBar(["copy", "again", "delete"]),
    ),
  );
}

/** @param {Parameters<typeof actionButtons>[0]} names */
function actionBar(names) {
  return el("div", { class: "actions" }, ...actionButtons(names));
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
