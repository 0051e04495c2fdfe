/** Progress in words and as a bar. */
import { countOf, formatBytes, formatCount, formatDuration } from "../format.ts";
import type { ProgressEvent } from "./progress.ts";

const BAR_CELLS = 20;

/** `payloads: 12 of 40 payloads, 30 %, 3/s, 9.0 s left`; of a finished stage `payloads: 40 payloads in 13.0 s`. */
export function describeProgress(event: ProgressEvent): string {
  const { stage, done, total, unit, elapsedMs, finished } = event;
  if (finished) return `${stage}: ${amount(done, unit)} in ${formatDuration(elapsedMs)}`;
  const perSecond = elapsedMs > 0 ? (done / elapsedMs) * 1000 : 0;
  const parts = [total === undefined ? amount(done, unit) : `${plain(done, unit)} of ${amount(total, unit)}`];
  if (total !== undefined && total > 0) parts.push(`${Math.floor((done / total) * 100)} %`);
  if (perSecond > 0) parts.push(`${unit === "bytes" ? formatBytes(perSecond) : rate(perSecond)}/s`);
  if (total !== undefined && perSecond > 0) parts.push(`${formatDuration(((total - done) / perSecond) * 1000)} left`);
  return `${stage}: ${parts.join(", ")}`;
}

/** `[######--------------]`. */
export function progressBar({ done, total }: ProgressEvent): string {
  const filled = total === undefined || total === 0 ? 0 : Math.floor((done / total) * BAR_CELLS);
  return `[${"#".repeat(filled)}${"-".repeat(BAR_CELLS - filled)}]`;
}

function amount(count: number, unit: string): string {
  return unit === "bytes" ? formatBytes(count) : countOf(count, unit.slice(0, -1));
}

function plain(count: number, unit: string): string {
  return unit === "bytes" ? formatBytes(count) : formatCount(count);
}

function rate(perSecond: number): string {
  return perSecond >= 10 ? formatCount(perSecond) : perSecond.toFixed(1);
}
