/** One log record as a readable line for a terminal: `12:34:56.789 INFO  block stored  height=7 peer=12D3…`. */
import { styleText } from "node:util";
import { printable } from "./printable.ts";

/** A stream whose kind decides about colour. */
export type ColorStream = NodeJS.WriteStream;

const LEVELS: Readonly<Record<number, { readonly label: string; readonly color: Parameters<typeof styleText>[0] }>> = {
  10: { label: "TRACE", color: "gray" },
  20: { label: "DEBUG", color: "gray" },
  30: { label: "INFO ", color: "green" },
  40: { label: "WARN ", color: "yellow" },
  50: { label: "ERROR", color: "red" },
  60: { label: "FATAL", color: "red" },
};

/**
 * The line, with a line break at its end, for a record as pino writes it (`json`). Colours follow `stream`: none unless
 * it is a terminal, none with NO_COLOR or TERM=dumb. Control characters in texts are shown escaped. Fields that are null
 * are left out.
 */
export function formatLogLine(json: string, stream: ColorStream): string {
  const { level, time, msg, err, ...fields } = JSON.parse(json) as Record<string, unknown>;
  const paint = (color: Parameters<typeof styleText>[0], text: string): string => styleText(color, text, { stream });
  const { label, color } = LEVELS[Number(level)] ?? { label: String(level), color: "white" };
  const given = Object.entries(fields).filter(([, value]) => value !== null);
  const details = given.map(([key, value]) => `${paint("dim", `${printable(key)}=`)}${asText(value)}`);
  const parts = [paint("dim", clockTime(Number(time))), paint(color, label), asText(msg ?? "", false), ...details];
  return `${parts.join(" ")}${err === undefined ? "" : errorLines(err)}\n`;
}

/** The error's message on the same line, its stack below. */
function errorLines(err: unknown): string {
  if (typeof err !== "object" || err === null) return ` err=${asText(err)}`;
  const { code, message, stack } = err as Record<string, unknown>;
  const head = ` err=${asText([code, message].filter((part) => part !== undefined).join(": "))}`;
  if (typeof stack !== "string") return head;
  const frames = stack.split("\n").filter((line) => /^\s+at /.test(line));
  return head + frames.map((line) => `\n    ${printable(line.trim())}`).join("");
}

/** A value on one line: bare when it is a plain word, else as JSON. */
function asText(value: unknown, quote = true): string {
  if (typeof value !== "string") return printable(JSON.stringify(value) ?? "");
  return quote && !/^[\w.:/@+-]+$/.test(value) ? printable(JSON.stringify(value)) : printable(value);
}

/** Local time of day with milliseconds. */
function clockTime(timeMs: number): string {
  const date = new Date(timeMs);
  const pad = (value: number, length = 2): string => String(value).padStart(length, "0");
  return `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}.${pad(date.getMilliseconds(), 3)}`;
}
