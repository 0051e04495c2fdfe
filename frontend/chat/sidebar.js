// The list of chats: open, delete, export, import.
// @ts-check
import { byId, el, fill } from "../lib/dom.js";
import { icon } from "../lib/icons.js";

/** @typedef {import("./database.js").ConversationTitle} ConversationTitle */

export class Sidebar {
  #list = byId("chats");

  /** @param {{ onOpen: (id: string) => void, onDelete: (id: string, title: string) => void }} events */
  constructor({ onOpen, onDelete }) {
    this.#list.addEventListener("click", (event) => {
      const target = /** @type {Element} */ (event.target);
      const item = /** @type {HTMLElement | null} */ (target.closest("li"));
      if (item === null) return;
      if (target.closest("[data-action=delete]") !== null) onDelete(item.dataset.id ?? "", item.dataset.title ?? "");
      else if (target.closest("button") !== null) onOpen(item.dataset.id ?? "");
    });
  }

  /** @param {readonly ConversationTitle[]} titles @param {string} openId */
  show(titles, openId) {
    fill(
      this.#list,
      titles.map(({ id, title, updatedMs }) => {
        const name = title === "" ? "Untitled" : title;
        const when = new Date(updatedMs).toLocaleString();
        const isOpen = id === openId;
        return el(
          "li",
          { "data-id": id, "data-title": name, class: isOpen ? "open" : null },
          el(
            "button",
            { class: "chat-title", type: "button", title: `${name}\n${when}`, "aria-current": isOpen ? "true" : null },
            name,
          ),
          el(
            "button",
            { class: "icon-button small", type: "button", "data-action": "delete", "aria-label": `Delete “${name}”` },
            icon("trash"),
          ),
        );
      }),
      titles.length === 0 ? el("li", { class: "none small quiet" }, "No chats yet") : null,
    );
  }
}
