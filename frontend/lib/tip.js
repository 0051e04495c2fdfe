// The small box beside the pointer over a chart. What it says is also in the table next to the chart.
// @ts-check
import { el, fill } from "./dom.js";

const GAP_PX = 14;
const box = el("div", { class: "tip", hidden: true, "aria-hidden": "true" });

/** @param {{ clientX: number, clientY: number }} at @param {...(Node | string)} content */
export function showTip(at, ...content) {
  if (!box.isConnected) document.body.append(box);
  fill(box, ...content);
  box.hidden = false;
  const { width, height } = box.getBoundingClientRect();
  const right = at.clientX + GAP_PX + width > innerWidth - 8;
  const below = at.clientY + GAP_PX + height > innerHeight - 8;
  const x = right ? Math.max(8, at.clientX - GAP_PX - width) : at.clientX + GAP_PX;
  const y = below ? Math.max(8, at.clientY - GAP_PX - height) : at.clientY + GAP_PX;
  box.style.translate = `${Math.round(x)}px ${Math.round(y)}px`;
}

export function hideTip() {
  box.hidden = true;
}
