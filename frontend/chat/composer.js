// The input. It stays usable during an answer: what is written then waits until the answer has ended.
// @ts-check
import { byId } from "../lib/dom.js";

const MAX_HEIGHT_PX = 220;

export class Composer {
  #input = /** @type {HTMLTextAreaElement} */ (byId("input"));
  #note = byId("composer-note");
  #send = byId("send");
  #stop = byId("stop");

  /** @param {{ onSend: (text: string) => void, onStop: () => void }} events */
  constructor({ onSend, onStop }) {
    const submit = () => {
      const text = this.#input.value;
      if (text.trim() !== "") onSend(text.trim());
    };
    byId("composer").addEventListener("submit", (event) => {
      event.preventDefault();
      submit();
    });
    this.#stop.addEventListener("click", onStop);
    this.#input.addEventListener("input", () => this.#fit());
    this.#input.addEventListener("keydown", (event) => {
      // 229 is what Safari reports for the Enter that ends a composition, after isComposing is false again.
      const composing = event.isComposing || event.keyCode === 229;
      if (event.key !== "Enter" || event.shiftKey || composing) return;
      event.preventDefault();
      submit();
    });
    // A press anywhere in the frame is meant for the input.
    byId("composer").addEventListener("click", (event) => {
      if (event.target === event.currentTarget) this.focus();
    });
    this.#fit();
  }

  /** @param {boolean} running */
  setRunning(running) {
    const hadFocus = document.activeElement === this.#send || document.activeElement === this.#stop;
    this.#send.hidden = running;
    this.#stop.hidden = !running;
    if (hadFocus) this.focus();
  }

  /** A short line under the input. @param {string} text */
  setNote(text) {
    if (this.#note.textContent !== text) this.#note.textContent = text;
  }

  get text() {
    return this.#input.value;
  }

  /** @param {string} text */
  setText(text) {
    this.#input.value = text;
    this.#fit();
  }

  focus() {
    this.#input.focus();
  }

  #fit() {
    this.#input.style.height = "auto";
    this.#input.style.height = `${Math.min(this.#input.scrollHeight, MAX_HEIGHT_PX)}px`;
  }
}
