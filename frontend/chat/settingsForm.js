// The settings dialog: fields from the settings and back, with a sentence at each field that cannot be read.
// @ts-check
import { byId, el } from "../lib/dom.js";
import { DEFAULTS, NUMBERS, parseNumber, parseStops, placeholderOf } from "./settings.js";

/** @typedef {import("./settings.js").Settings} Settings */
/** @typedef {import("./settings.js").NumberName} NumberName */

const NUMBER_NAMES = /** @type {NumberName[]} */ (Object.keys(NUMBERS));

/**
 * @param {() => Settings} read @param {(settings: Settings) => void} save
 * @param {() => any} model the one that is asked, whose numbers hold where a field is empty; `null` while none is known
 * @returns {() => void} opens it
 */
export function settingsDialog(read, save, model) {
  const dialog = /** @type {HTMLDialogElement} */ (byId("settings"));
  byId("settings-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const settings = readFields();
    if (settings === null) return;
    save(settings);
    dialog.close();
  });
  byId("settings-reset").addEventListener("click", () => writeFields(DEFAULTS));
  return () => {
    writeFields(read());
    for (const name of NUMBER_NAMES) field(name).placeholder = placeholderOf(name, model());
    dialog.showModal();
  };
}

/** @param {Settings} settings */
function writeFields(settings) {
  field("systemPrompt").value = settings.systemPrompt;
  field("stop").value = settings.stop.map((text) => text.replaceAll("\n", "\\n")).join("\n");
  /** @type {HTMLInputElement} */ (field("useMoe")).checked = settings.useMoe;
  for (const name of NUMBER_NAMES) field(name).value = settings[name] === null ? "" : String(settings[name]);
  for (const name of [...NUMBER_NAMES, "stop"]) showProblem(name, null);
}

/** @returns {Settings | null} `null` when a field cannot be read; the first of them has the focus then. */
function readFields() {
  /** @type {Settings} */
  const settings = {
    ...DEFAULTS,
    systemPrompt: field("systemPrompt").value,
    useMoe: /** @type {HTMLInputElement} */ (field("useMoe")).checked,
  };
  const wrong = NUMBER_NAMES.filter(
    (name) => !attempt(name, () => (settings[name] = parseNumber(name, field(name).value))),
  );
  if (!attempt("stop", () => (settings.stop = parseStops(field("stop").value)))) field("stop").focus();
  else if (wrong.length === 0) return settings;
  if (wrong[0] !== undefined) field(wrong[0]).focus();
  return null;
}

/** @param {string} name @param {() => unknown} read */
function attempt(name, read) {
  try {
    read();
    showProblem(name, null);
    return true;
  } catch (error) {
    showProblem(name, `Expected ${/** @type {Error} */ (error).message}.`);
    return false;
  }
}

/** Shows a problem at a field, or none. Screen readers hear it with the field, after the hint. @param {string} name @param {string | null} problem */
function showProblem(name, problem) {
  const input = field(name);
  const hint = input.parentElement?.querySelector(".hint") ?? null;
  if (hint !== null) hint.id = `${input.id}-hint`;
  input.parentElement?.querySelector(".problem")?.remove();
  const id = `${input.id}-problem`;
  if (problem !== null) input.after(el("span", { class: "problem", id }, problem));
  if (problem === null) input.removeAttribute("aria-invalid");
  else input.setAttribute("aria-invalid", "true");
  input.setAttribute("aria-describedby", [hint?.id, problem === null ? "" : id].filter(Boolean).join(" "));
}

/** @param {string} name */
function field(name) {
  return /** @type {HTMLInputElement | HTMLTextAreaElement} */ (byId(`set-${name}`));
}
