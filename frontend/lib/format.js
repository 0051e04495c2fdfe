// Numbers, sizes, times and hashes as people read them. Units are always shown.
// @ts-check

const NUMBER = new Intl.NumberFormat("en");
const COMPACT = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

/** 1,234,567. A missing number is a dash. @param {number | null | undefined} value */
export function count(value) {
  return isNumber(value) ? NUMBER.format(value) : "–";
}

/** 1.2M. @param {number | null | undefined} value */
export function compact(value) {
  return isNumber(value) ? COMPACT.format(value) : "–";
}

/** Three significant digits at most, without an exponent in the usual range. @param {number | null | undefined} value */
export function short(value) {
  if (!isNumber(value)) return "–";
  const size = Math.abs(value);
  if (size >= 100 || Number.isInteger(value)) return NUMBER.format(Math.round(value));
  if (size >= 10) return value.toFixed(1);
  if (size >= 0.01) return value.toFixed(2);
  return value === 0 ? "0" : value.toPrecision(2);
}

/** 12.5 %. @param {number | null | undefined} part 0 to 1 */
export function percent(part) {
  if (!isNumber(part)) return "–";
  const value = part * 100;
  return `${value >= 10 || value === 0 ? value.toFixed(0) : value.toFixed(1)} %`;
}

/** 3.4 MiB. @param {number | null | undefined} value */
export function bytes(value) {
  if (!isNumber(value)) return "–";
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let size = value;
  let unit = 0;
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024;
    unit++;
  }
  return `${unit === 0 || size >= 100 ? Math.round(size) : size.toFixed(1)} ${units[unit]}`;
}

/** 850 ms, 1.24 s, 12.5 s, 3 min 5 s. @param {number | null | undefined} value ms */
export function duration(value) {
  if (!isNumber(value)) return "–";
  if (value < 1000) return `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
  if (value < 60_000) return `${Number((value / 1000).toFixed(value < 10_000 ? 2 : 1))} s`;
  const seconds = Math.round(value / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
  return `${Math.floor(seconds / 86_400)} d ${Math.floor((seconds % 86_400) / 3600)} h`;
}

/** "just now", "3 min ago". @param {number | null | undefined} timeMs @param {number} [nowMs] */
export function age(timeMs, nowMs = Date.now()) {
  if (!isNumber(timeMs)) return "never";
  const passed = nowMs - timeMs;
  if (passed < 5000) return "just now";
  if (passed < 60_000) return `${Math.floor(passed / 1000)} s ago`;
  if (passed < 3_600_000) return `${Math.floor(passed / 60_000)} min ago`;
  if (passed < 86_400_000) return `${Math.floor(passed / 3_600_000)} h ago`;
  return date(timeMs);
}

/** 21 Nov 2026, 06:03. @param {number} timeMs */
export function date(timeMs) {
  return new Date(timeMs).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" });
}

/** The first ten digits of a hash or key. @param {string | null | undefined} hex */
export function hash(hex) {
  return typeof hex === "string" && hex.length > 12 ? `${hex.slice(0, 10)}…` : (hex ?? "–");
}

/** Micro-credits as credits: two decimals, all six of a part of one. @param {number | null | undefined} microCredits */
export function credits(microCredits) {
  if (!isNumber(microCredits)) return "–";
  const digits = Math.abs(microCredits) >= 1e6 ? 2 : 6;
  return (microCredits / 1e6).toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: digits });
}

/** "1 block", "3 blocks". @param {number} amount @param {string} noun @param {string} [many] */
export function plural(amount, noun, many = `${noun}s`) {
  return `${count(amount)} ${amount === 1 ? noun : many}`;
}

/** @param {unknown} value @returns {value is number} */
function isNumber(value) {
  return typeof value === "number" && Number.isFinite(value);
}
