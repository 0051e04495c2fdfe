// The buttons of a message. None has a listener of its own: the list has one for all of them.
// @ts-check
import { el } from "../lib/dom.js";
import { icon } from "../lib/icons.js";

const ACTIONS = /** @type {const} */ ({
  copy: { label: "Copy", icon: "copy" },
  edit: { label: "Edit and send again", icon: "edit" },
  again: { label: "Answer again", icon: "again" },
  earlier: { label: "Earlier version", icon: "chevronLeft" },
  later: { label: "Later version", icon: "chevronRight" },
  delete: { label: "Delete", icon: "trash" },
});

/** @typedef {keyof typeof ACTIONS} ButtonName */

/** @param {ButtonName[]} names */
export function actionButtons(names) {
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

/** "‹ 1/3 ›". At an end the button stays, so that the keyboard does not lose its place. @param {number} at @param {number} of */
export function versionBar(at, of) {
  const [earlier, later] = actionButtons(["earlier", "later"]);
  if (at === 1) earlier?.setAttribute("aria-disabled", "true");
  if (at === of) later?.setAttribute("aria-disabled", "true");
  const label = `Version ${at} of ${of}`;
  return el(
    "div",
    { class: "versions", role: "group", "aria-label": label },
    earlier,
    el("span", null, `${at}/${of}`),
    later,
  );
}
