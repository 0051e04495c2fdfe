// The panel beside the conversation: the expert map of an answer, and what computed it. On a narrow screen it lies over
// the conversation and opens on demand.
// @ts-check
import { byId } from "../lib/dom.js";
import { ExpertPanel } from "./expertPanel.js";
import { showProvenance } from "./provenance.js";
import { shapeOf } from "./shares.js";

const KEY = "ai-block.inspector";
const NARROW = matchMedia("(max-width: 1080px)");

/** @typedef {import("./conversation.js").Message} Message */

export class Inspector {
  #panel = new ExpertPanel();
  #layout = byId("layout");
  #onShow;
  /** Answer that is shown. @type {string | null} */
  shownId = null;

  /** @param {(id: string | null) => void} onShow called with the answer that is shown now */
  constructor(onShow) {
    this.#onShow = onShow;
    byId("close-inspector").addEventListener("click", () => this.setOpen(false));
    byId("toggle-inspector").addEventListener("click", () => this.setOpen(!this.isOpen));
    NARROW.addEventListener("change", () => this.setOpen(!NARROW.matches && this.#wanted()));
    this.setOpen(!NARROW.matches && this.#wanted());
  }

  get isOpen() {
    return this.#layout.classList.contains("inspecting");
  }

  /** @param {boolean} open */
  setOpen(open) {
    this.#layout.classList.toggle("inspecting", open);
    byId("toggle-inspector").setAttribute("aria-expanded", String(open));
    if (NARROW.matches) {
      if (open) byId("close-inspector").focus();
      return;
    }
    try {
      localStorage.setItem(KEY, open ? "open" : "closed");
    } catch {
      // Storage is switched off: it lasts until the page is left.
    }
  }

  /** @param {readonly number[]} shape of the model that will answer */
  showEmpty(shape) {
    this.shownId = null;
    this.#panel.showEmpty(shape);
    showProvenance(byId("provenance-body"), undefined);
    this.#onShow(null);
  }

  /** A finished answer. @param {Message} message @param {import("./shares.js").Shares} shares */
  show(message, shares) {
    this.shownId = message.id;
    const tokens = message.tokens ?? [];
    const shape = message.details?.shape ?? shapeOf(tokens.flatMap(({ routing }) => routing));
    this.#panel.show({ id: message.id, shape, shares, tokens, running: false });
    showProvenance(byId("provenance-body"), message.details);
    this.#onShow(message.id);
  }

  /** @param {{ id: string, shape: readonly number[], shares: import("./shares.js").Shares, tokens: Message["tokens"] & {}, details: import("./conversation.js").AnswerDetails }} run */
  showRunning({ id, shape, shares, tokens, details }) {
    if (this.shownId !== id) {
      this.shownId = id;
      showProvenance(byId("provenance-body"), details);
      this.#onShow(id);
    }
    this.#panel.show({ id, shape, shares, tokens, running: true });
  }

  #wanted() {
    try {
      return localStorage.getItem(KEY) !== "closed";
    } catch {
      return true;
    }
  }
}
