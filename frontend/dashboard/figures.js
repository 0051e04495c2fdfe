// The key figures in a row.
// @ts-check
import { byId, el, fill } from "../lib/dom.js";
import { bytes, compact, count, duration, short } from "../lib/format.js";

/** @param {any} health */
export function showFigures(health) {
  const { running = 0, waiting = 0 } = health.load ?? {};
  const total = Object.values(health.chain?.blocks ?? {}).reduce((sum, n) => sum + Number(n), 0);
  const figures = [
    ["Speed, last minute", health.tokens_per_second === null ? "–" : short(health.tokens_per_second), "tokens/s"],
    ["Tokens since start", compact(health.tokens_generated), ""],
    ["Answers now", count(running), waiting > 0 ? `+ ${count(waiting)} waiting` : "running"],
    ["Blocks", count(total), health.chain?.orphans > 0 ? `+ ${count(health.chain.orphans)} orphans` : ""],
    ["Up for", duration(Date.now() - health.started_ms), ""],
    ["Free disk", bytes(health.free_disk_bytes), ""],
  ];
  fill(
    byId("figures"),
    figures.map(([name, value, unit]) =>
      el("div", null, el("dt", null, name), el("dd", null, value, unit === "" ? null : el("span", null, ` ${unit}`))),
    ),
  );
}
