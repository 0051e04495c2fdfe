// Colours of the style sheet for canvases, which cannot read custom properties that depend on the theme.
// @ts-check
import { onThemeChange } from "./theme.js";

/** @type {Map<string, [number, number, number]>} */
const known = new Map();
onThemeChange(() => known.clear());

/** The colour of a custom property such as "--accent" as red, green and blue, 0 to 255. @param {string} name */
export function rgb(name) {
  const before = known.get(name);
  if (before !== undefined) return before;
  const probe = document.createElement("span");
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const parts = getComputedStyle(probe).color.match(/[\d.]+/g) ?? [];
  probe.remove();
  /** @type {[number, number, number]} */
  const color = [Number(parts[0] ?? 0), Number(parts[1] ?? 0), Number(parts[2] ?? 0)];
  known.set(name, color);
  return color;
}

/** @param {string} name @param {number} [alpha] */
export function css(name, alpha = 1) {
  const [red, green, blue] = rgb(name);
  return `rgb(${red} ${green} ${blue} / ${alpha})`;
}

/** A colour of the heat scale. @param {number} value 0 to 1 */
export function heat(value) {
  const part = Math.min(1, Math.max(0, value));
  const from = rgb("--heat-0");
  const to = rgb("--heat-1");
  const mix = from.map((start, i) => Math.round(start + ((to[i] ?? 0) - start) * part));
  return `rgb(${mix.join(" ")})`;
}
