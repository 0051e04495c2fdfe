// The expert cache: how full it is, and how often an expert was there already.
// @ts-check
import { byId, el, fill } from "../lib/dom.js";
import { bytes, count, percent } from "../lib/format.js";

/** @param {any} cache */
export function showCache(cache) {
  if (cache === null) {
    fill(byId("cache"), el("p", { class: "empty" }, "No engine is loaded."));
    return;
  }
  const asked = cache.hits + cache.loads;
  const rows = [
    ["Already there", `${count(cache.hits)}${asked > 0 ? ` (${percent(cache.hits / asked)})` : ""}`],
    ["Loaded", count(cache.loads)],
    ["Loaded ahead", count(cache.prefetches)],
    ["Given up for others", count(cache.evictions)],
  ];
  fill(
    byId("cache"),
    el(
      "p",
      null,
      bytes(cache.bytes),
      cache.budget_bytes === null ? " held, without a limit" : ` of ${bytes(cache.budget_bytes)}`,
    ),
    cache.budget_bytes === null ? null : meter(cache.bytes / cache.budget_bytes),
    el(
      "dl",
      { class: "facts" },
      rows.map(([name, value]) => el("div", null, el("dt", null, name), el("dd", null, value))),
    ),
  );
}

/** A bar; its number is in the text beside it. @param {number} part 0 to 1 */
export function meter(part) {
  const bar = el("span");
  bar.style.width = `${Math.min(1, Math.max(0, part)) * 100}%`;
  return el("div", { class: "meter", "aria-hidden": "true" }, bar);
}
