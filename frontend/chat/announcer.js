// Reads an answer to a screen reader sentence by sentence. Single tokens would be noise.
// @ts-check
import { el } from "../lib/dom.js";

/** Kept on the page at most: older sentences have been read. */
const MAX_LINES = 20;

export class Announcer {
  #region;
  #said = 0;
  #progress = "";

  /** @param {HTMLElement} region an element with aria-live="polite" */
  constructor(region) {
    this.#region = region;
  }

  begin() {
    this.#said = 0;
    this.#progress = "";
    this.say("The model answers.");
  }

  /** Says why there is no answer yet, once a stage: every change of a number would be noise. @param {string} stage @param {string} words */
  progress(stage, words) {
    if (stage === this.#progress) return;
    this.#progress = stage;
    this.say(words);
  }

  /** Says the sentences of `text` that are complete and were not said yet. @param {string} text the answer so far */
  update(text) {
    const rest = text.slice(this.#said);
    const ends = [...rest.matchAll(/[.!?:;。！？](?=\s)|\n/g)];
    const last = ends.at(-1);
    if (last === undefined) return;
    const length = last.index + last[0].length;
    this.#said += length;
    this.say(rest.slice(0, length));
  }

  /** @param {string} text the whole answer @param {string} ending such as "Answer complete." */
  end(text, ending) {
    this.say(text.slice(this.#said));
    this.#said = text.length;
    this.say(ending);
  }

  /** @param {string} text */
  say(text) {
    const words = text.replaceAll(/[`*_#>|]+/g, " ").trim();
    if (words === "") return;
    this.#region.append(el("p", null, words));
    while (this.#region.childElementCount > MAX_LINES) this.#region.firstElementChild?.remove();
  }
}
