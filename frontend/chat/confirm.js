// Asks before something is removed for good.
// @ts-check
import { byId } from "../lib/dom.js";

/** Whether the person agreed. @param {string} title @param {string} text @returns {Promise<boolean>} */
export function confirmed(title, text) {
  const dialog = /** @type {HTMLDialogElement} */ (byId("confirm"));
  byId("confirm-title").textContent = title;
  byId("confirm-text").textContent = text;
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}
