// The theme switch: system, light, dark. Without a choice the page follows the system.
// @ts-check
import { fill } from "./dom.js";
import { icon } from "./icons.js";

const KEY = "ai-block.theme";
const NEXT = /** @type {const} */ ({ system: "light", light: "dark", dark: "system" });
const ICONS = /** @type {const} */ ({ system: "auto", light: "sun", dark: "moon" });

/** @typedef {"system" | "light" | "dark"} Theme */

/** Called after the colours changed: canvases read them again. @type {Set<() => void>} */
const listeners = new Set();

/** @param {() => void} listener */
export function onThemeChange(listener) {
  listeners.add(listener);
}

/** @param {HTMLElement} button */
export function bindThemeSwitch(button) {
  const show = () => {
    const theme = current();
    fill(button, icon(ICONS[theme]));
    button.setAttribute("aria-label", `Theme: ${theme}. Switch to ${NEXT[theme]}`);
    button.title = `Theme: ${theme}`;
  };
  button.addEventListener("click", () => {
    choose(NEXT[current()]);
    show();
  });
  show();
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", tell);

/** @returns {Theme} */
function current() {
  const theme = document.documentElement.dataset.theme;
  return theme === "light" || theme === "dark" ? theme : "system";
}

/** @param {Theme} theme */
function choose(theme) {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  try {
    if (theme === "system") localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, theme);
  } catch {
    // Storage is switched off: the choice lasts until the page is left.
  }
  tell();
}

function tell() {
  for (const listener of listeners) listener();
}
