import { randomBytes } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { AiBlockError } from "../../src/core/errors.ts";
import { createLogger, type LoggerOptions } from "../../src/core/logger.ts";
import type { ColorStream } from "../../src/core/logLine.ts";
import { withTemporaryFolder } from "./temporaryFolder.ts";

/** A logger whose output is kept; `isTTY` as a terminal's stream has it. */
function capture(options: LoggerOptions = {}, isTTY = false): ReturnType<typeof createLogger> & { output(): string } {
  const stream = new PassThrough() as unknown as PassThrough & ColorStream;
  const chunks: Buffer[] = [];
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  stream.isTTY = isTTY;
  return { ...createLogger({ level: "trace", stream, ...options }), output: () => Buffer.concat(chunks).toString() };
}

test("row 52: of 50 secrets planted in every place that has fields, none is in the log", () => {
  const secrets = Array.from({ length: 50 }, () => randomBytes(24).toString("base64url"));
  const names = [
    "privateKey",
    "private_key",
    "passphrase",
    "password",
    "Authorization",
    "x-api-key",
    "apiKey",
    "cookie",
  ];
  const { log, output } = capture();
  secrets.forEach((secret, i) => {
    const field = { [names[i % names.length]!]: secret };
    log.info(field, "top");
    log.warn({ request: { headers: field, list: [{ inner: new Map(Object.entries(field)) }] } }, "nested");
    log.error({
      err: new AiBlockError("code", "message", field, { cause: Object.assign(new Error("x"), { data: field }) }),
    });
    log.error(new AiBlockError("code", "message", { deep: field }), "error first");
    log.child(field).child({ deeper: field }).info("child");
    log.info("interpolated %o and %j", field, { a: field });
    log.info({ prompt: secret, messages: [{ content: secret }] }, "chat");
    log.info(`Authorization: Bearer ${secret}`);
    log.info({ url: `https://user:${secret}@example.org/` }, `moe_${secret}`);
    log.info({ key: Buffer.from(secret), view: new Uint8Array(Buffer.from(secret)) });
    log.child({ key: Buffer.from(secret) }).info("bytes in a child");
  });
  const text = output();
  expect(text.split("\n").length).toBe(50 * 11 + 1);
  const leaked = secrets.filter((secret) => {
    const bytes = Buffer.from(secret);
    return [secret, bytes.toString("hex"), bytes.toString("base64"), [...bytes].join(",")].some((form) =>
      text.includes(form),
    );
  });
  expect(leaked).toEqual([]);
  expect(text).not.toContain(`"0":${secrets[0]!.charCodeAt(0)},"1":${secrets[0]!.charCodeAt(1)}`);
});

test("without a terminal each record is one JSON line with level, time and fields", () => {
  const { log, output } = capture();
  log.info({ height: 7, text: 'line\nbreak "quoted"' }, "block stored");
  log.error({ err: new AiBlockError("bad_block", "it is bad", { at: 3 }) }, "refused");
  const [first, second, end] = output().split("\n");
  expect(JSON.parse(first!)).toMatchObject({ level: 30, height: 7, text: 'line\nbreak "quoted"', msg: "block stored" });
  expect(JSON.parse(second!)).toMatchObject({ err: { code: "bad_block", message: "it is bad", data: { at: 3 } } });
  expect(end).toBe("");
});

test("on a terminal a record is one readable line, and text of others cannot move the cursor", () => {
  const { log, output } = capture({}, true);
  log.info({ peer: "12D3KooW", note: "two words", evil: "\u001b[2J\u202e\r\n" }, "hello \u001b[31m");
  expect(stripColors(output())).toMatch(
    /^\d\d:\d\d:\d\d\.\d{3} INFO {2}hello \\u001b\[31m peer=12D3KooW note="two words" evil="\\u001b\[2J\\u202e\\r\\n"\n$/,
  );
});

test("an error on a terminal shows code and message on its line and the stack below", () => {
  const { log, output } = capture({ format: "text" });
  log.error({ err: new AiBlockError("bad_block", "it is bad") }, "refused");
  const [line, frame] = output().split("\n");
  expect(line).toMatch(/ERROR refused err="bad_block: it is bad"$/);
  expect(frame).toMatch(/^ {4}at /);
});

test("messages below the level cost nothing and write nothing", () => {
  const { log, output } = capture({ level: "warn" });
  log.info("no");
  log.warn("yes");
  expect(output()).toContain("yes");
  expect(output()).not.toContain("no");
});

test("the file gets JSON lines with mode 0600, is appended to, and close may be called twice", () =>
  withTemporaryFolder(async (folder) => {
    const file = join(folder, "logs", "node.log");
    for (const text of ["first", "second"]) {
      const { log, close } = capture({ file, format: "text" });
      log.info({ passphrase: "hunter2" }, text);
      close();
      close();
      log.info("after close");
    }
    const lines = (await readFile(file, "utf8")).trim().split("\n");
    expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual(["first", "second"]);
    expect(lines.join()).not.toContain("hunter2");
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  }));

test("a full disk loses the message and nothing else", () => {
  const { log, output, close } = capture({ file: "/dev/full" });
  log.info("one");
  log.info("two");
  close();
  expect(output()).toContain("two");
});

test("hostile fields do not break the log: cycles, getters that throw, huge, deep, __proto__", () => {
  const { log, output } = capture();
  const cycle: Record<string, unknown> = {};
  cycle.self = cycle;
  const trap = {
    get bad(): never {
      throw new Error("trap");
    },
  };
  log.info(
    { cycle, trap, big: "x".repeat(100_000), many: Array.from({ length: 10_000 }, (_, i) => i), n: 1n },
    "hostile",
  );
  log.info(JSON.parse('{"__proto__":{"polluted":true}}'), "proto");
  const text = output();
  expect(text.length).toBeLessThan(10_000);
  expect(
    text
      .split("\n")
      .filter(Boolean)
      .every((line) => JSON.parse(line) !== null),
  ).toBe(true);
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
});

function stripColors(text: string): string {
  return text.replaceAll(new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, "g"), "");
}

test("text leaves out fields that are null, JSON keeps them", () => {
  const fields = { rate: null, done: 0, name: "" };
  const text = capture({ format: "text" });
  text.log.info(fields, "idle");
  expect(text.output()).toMatch(/ idle done=0 name=""\n$/);
  const json = capture({ format: "json" });
  json.log.info(fields, "idle");
  expect(JSON.parse(json.output())).toMatchObject(fields);
});
