/** Numbers, sizes, times and ids for people. Programs read `--json` instead. */

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

/** `1.50 MiB`: powers of 1024, three digits that count, four from 1000 to 1023. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1023.5 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return `${value.toFixed(digits)} ${UNITS[unit]}`;
}

/** `12,345`. */
export function formatCount(count: number): string {
  return String(Math.round(count)).replaceAll(/\B(?=(?:\d{3})+$)/g, ",");
}

/** `5 blocks`, `1 block`. */
export function countOf(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** `850 ms`, `12.3 s`, `4 min 05 s`, `2 h 05 min`. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${(ms / 1000).toFixed(1)} s`;
  const pad = (value: number): string => String(value).padStart(2, "0");
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${pad(seconds % 60)} s`;
  return `${Math.floor(seconds / 3600)} h ${pad(Math.floor((seconds % 3600) / 60))} min`;
}

/** ISO 8601 in UTC, or `null` when no calendar holds the time: the author of a block writes what he likes. */
export function isoTime(timeMs: number): string | null {
  const date = new Date(timeMs);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}

/** `2026-01-31 12:34:56Z`. */
export function formatTime(timeMs: number): string {
  return (
    isoTime(timeMs)
      ?.replace("T", " ")
      .replace(/\.\d+Z$/, "Z") ?? "?"
  );
}

const SHORT_ID_DIGITS = 12;

/** The first 12 digits of an id, enough to name it on the command line. */
export function shortId(idHex: string): string {
  return idHex.slice(0, SHORT_ID_DIGITS);
}
