/**
 * The log: pino, on stderr (stdout is for data). A terminal gets one readable line a message, everything else JSON
 * lines; a file gets JSON lines as well. Every record passes redact.ts, whatever fields it has.
 *
 * Writes are synchronous: what was logged before a crash is there. A log that cannot be written (full disk) is dropped.
 */
import { dirname } from "node:path";
import pino from "pino";
import { type ColorStream, formatLogLine } from "./logLine.ts";
import { makeFolderSync } from "./makeFolder.ts";
import { redact, redactText } from "./redact.ts";

export type Logger = pino.Logger;
export type LogLevel = "trace" | "debug" | "info" | "warn" | "error" | "fatal" | "silent";

export interface LoggerOptions {
  readonly level?: LogLevel;
  /** `text` lines, `json` lines, or by the kind of stderr. Default `auto`. */
  readonly format?: "auto" | "text" | "json";
  /** Also written to this file, as JSON lines, with mode 0600. */
  readonly file?: string | undefined;
  /** Where lines go; for tests. Default: stderr. */
  readonly stream?: ColorStream;
}

export interface LoggerHandle {
  readonly log: Logger;
  /** Closes the file. May be called twice; later messages go to stderr only. */
  close(): void;
}

/** A logger of its own, with nothing global. Throws when the file cannot be opened. */
export function createLogger({
  level = "info",
  format = "auto",
  file,
  stream = process.stderr,
}: LoggerOptions = {}): LoggerHandle {
  const asText = format === "text" || (format === "auto" && stream.isTTY === true);
  const fileSink = file === undefined ? undefined : openFile(file);
  const write = (line: string): void => {
    const safe = redactText(line);
    stream.write(asText ? formatLogLine(safe, stream) : safe);
    fileSink?.write(safe);
  };
  const log = pino(
    {
      level,
      base: null,
      // Errors are turned into plain data by `redact` as well.
      serializers: { err: (error: unknown) => error },
      formatters: { log: (fields) => redact(fields) as Record<string, unknown> },
      hooks: {
        logMethod(args, method) {
          // What `%o` and `%s` in the message stand for; the first argument is the message or goes through `log` above.
          method.apply(this, args.map((arg, i) => (i === 0 ? arg : redact(arg))) as typeof args);
        },
      },
    },
    { write },
  );
  redactChildren(log);
  return { log, close: () => fileSink?.close() };
}

/** The fields of a child logger bypass the formatters. Children inherit their parent's `child`, so one change is enough. */
function redactChildren(log: Logger): void {
  type Child = (this: Logger, fields: pino.Bindings, options?: pino.ChildLoggerOptions) => Logger;
  const child = log.child as unknown as Child;
  const redactingChild: Child = function (fields, options) {
    return child.call(this, redact(fields) as pino.Bindings, options);
  };
  log.child = redactingChild as unknown as Logger["child"];
}

interface FileSink {
  write(line: string): void;
  close(): void;
}

function openFile(path: string): FileSink {
  makeFolderSync(dirname(path));
  const destination = pino.destination({ dest: path, append: true, sync: true, mode: 0o600 });
  let open = true;
  // Without a listener a failed write would end the process.
  destination.on("error", () => undefined);
  return {
    write: (line) => {
      if (open) destination.write(line);
    },
    close: () => {
      if (!open) return;
      open = false;
      destination.end();
    },
  };
}
