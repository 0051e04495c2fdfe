// Line icons on a 20 × 20 grid, drawn for this page: one stroke width, round ends, the colour of the text around them.
// @ts-check
import { svg } from "./dom.js";

/** Paths by name. */
const PATHS = /** @type {const} */ ({
  arrowUp: ["M10 16V4.5", "M5 9.5l5-5 5 5"],
  arrowDown: ["M10 4v11.5", "M5 10.5l5 5 5-5"],
  chevronLeft: ["M12 5.5L7.5 10l4.5 4.5"],
  chevronRight: ["M8 5.5l4.5 4.5L8 14.5"],
  stop: ["M6.5 6.5h7v7h-7z"],
  copy: ["M7.5 7.5h8v8h-8z", "M12.5 7.5v-3h-8v8h3"],
  check: ["M4.5 10.5l3.5 3.5 7.5-8"],
  cross: ["M5.5 5.5l9 9", "M14.5 5.5l-9 9"],
  again: ["M15.5 10a5.5 5.5 0 1 1-1.8-4.1", "M15.5 3v3.5H12"],
  edit: ["M4.5 15.5l.8-3.3 7.7-7.7 2.5 2.5-7.7 7.7z"],
  trash: ["M4.5 6h11", "M8 6V4h4v2", "M6 6l.7 10h6.6L14 6"],
  plus: ["M10 4.5v11", "M4.5 10h11"],
  menu: ["M4 6h12", "M4 10h12", "M4 14h12"],
  sliders: ["M4 6.5h7", "M14.5 6.5H16", "M11 4.5v4", "M4 13.5h1.5", "M9 13.5h7", "M7.5 11.5v4"],
  code: ["M7 6l-4 4 4 4", "M13 6l4 4-4 4"],
  grid: ["M4 4h4.5v4.5H4z", "M11.5 4H16v4.5h-4.5z", "M4 11.5h4.5V16H4z", "M11.5 11.5H16V16h-4.5z"],
  sun: [
    "M10 7a3 3 0 1 0 0 6 3 3 0 1 0 0-6z",
    "M10 2.8v1.4M10 15.8v1.4M2.8 10h1.4M15.8 10h1.4M4.9 4.9l1 1M14.1 14.1l1 1M15.1 4.9l-1 1M5.9 14.1l-1 1",
  ],
  moon: ["M15.8 11.8A6.3 6.3 0 0 1 8.2 4.2a6.3 6.3 0 1 0 7.6 7.6z"],
  auto: ["M10 3.8a6.2 6.2 0 1 0 0 12.4 6.2 6.2 0 1 0 0-12.4z", "M10 3.8v12.4", "M12.5 4.6v10.8", "M14.7 6.3v7.4"],
  search: ["M9 4a5 5 0 1 0 0 10A5 5 0 1 0 9 4z", "M12.8 12.8L16 16"],
  pause: ["M7.5 5.5v9", "M12.5 5.5v9"],
  play: ["M7 5l8 5-8 5z"],
  keyboard: ["M3 6h14v8.5H3z", "M6 9h.01M9 9h.01M12 9h.01M14.5 9h.01", "M7 12h6"],
  download: ["M10 4v8.5", "M6.5 9l3.5 3.5L13.5 9", "M4.5 16h11"],
  upload: ["M10 12.5V4", "M6.5 7.5L10 4l3.5 3.5", "M4.5 16h11"],
  warning: ["M10 4l7 12H3z", "M10 8.5v3.5", "M10 14v.01"],
  clock: ["M10 4a6 6 0 1 0 0 12 6 6 0 1 0 0-12z", "M10 7v3.2l2.2 1.6"],
  unlink: [
    "M8.5 6.5L11 4a3.2 3.2 0 0 1 4.6 4.6l-2.4 2.4",
    "M11.5 13.5L9 16a3.2 3.2 0 0 1-4.6-4.6l2.4-2.4",
    "M3.5 3.5l13 13",
  ],
  shield: ["M10 3.5l5.5 2v4.2c0 3.4-2.3 5.7-5.5 6.8-3.2-1.1-5.5-3.4-5.5-6.8V5.5z", "M7.6 10l1.8 1.8 3.2-3.6"],
});

/** @typedef {keyof typeof PATHS} IconName */

/** An icon for the eye only: the button around it has the label. @param {IconName} name */
export function icon(name) {
  return svg(
    "svg",
    { class: "icon", viewBox: "0 0 20 20", width: 20, height: 20, "aria-hidden": "true", focusable: "false" },
    ...PATHS[name].map((d) => svg("path", { d })),
  );
}

/** Puts the icon in front of every element with `data-icon`, as the pages' HTML names them. @param {ParentNode} root */
export function placeIcons(root) {
  for (const element of root.querySelectorAll("[data-icon]")) {
    const name = /** @type {IconName} */ (element.getAttribute("data-icon"));
    if (name in PATHS) element.prepend(icon(name));
    element.removeAttribute("data-icon");
  }
}
