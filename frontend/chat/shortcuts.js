// Keyboard shortcuts, and the list that shows them. Single keys work only when nothing is being typed, and can be
// switched off (people who speak to their computer press keys by accident).
// @ts-check
import { byId, el, fill } from "../lib/dom.js";

const KEY = "ai-block.singleKeys";

/** @typedef {{ key: string, label: string, shown?: string, run: () => void }} Shortcut */

/** @param {readonly Shortcut[]} shortcuts @param {() => void} onEscape @returns {() => void} opens the list */
export function bindShortcuts(shortcuts, onEscape) {
  const dialog = /** @type {HTMLDialogElement} */ (byId("shortcuts"));
  const single = /** @type {HTMLInputElement} */ (byId("single-keys"));
  single.checked = stored() !== "off";
  single.addEventListener("change", () => store(single.checked ? "on" : "off"));
  const fixed = [
    ["Enter", "Send"],
    ["Shift + Enter", "New line"],
    ["Esc", "Stop the answer"],
  ];
  fill(
    byId("shortcut-list"),
    [...fixed, ...shortcuts.map(({ key, label, shown }) => [shown ?? key, label])].map(([keys, label]) =>
      el(
        "div",
        null,
        el("dt", null, label),
        el("dd", null, ...(keys ?? "").split(" + ").flatMap((key, i) => [i > 0 ? " " : "", el("kbd", null, key)])),
      ),
    ),
  );
  addEventListener("keydown", (event) => {
    if (event.isComposing || document.querySelector("dialog[open]") !== null) return;
    if (event.key === "Escape") onEscape();
    if (!single.checked || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    const shortcut = shortcuts.find(({ key }) => key === event.key);
    if (shortcut === undefined) return;
    event.preventDefault();
    shortcut.run();
  });
  return () => dialog.showModal();
}

/** @param {EventTarget | null} target */
function isTyping(target) {
  return target instanceof HTMLElement && target.closest("input, textarea, select, [contenteditable]") !== null;
}

function stored() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

/** @param {string} value */
function store(value) {
  try {
    localStorage.setItem(KEY, value);
  } catch {
    // Storage is switched off: it lasts until the page is left.
  }
}
