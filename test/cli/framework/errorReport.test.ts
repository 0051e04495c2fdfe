import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describeError } from "../../../src/cli/framework/errorReport.ts";
import { adviceFor, EXIT, EXIT_MEANINGS, exitCodeOf } from "../../../src/cli/framework/exitCodes.ts";
import { TEMP_PREFIX } from "../../../src/core/durableFile.ts";
import { AiBlockError } from "../../../src/core/errors.ts";
import { ROOT } from "../../sourceFiles.ts";
import { recorder } from "./recorder.ts";

const { stream: plain } = recorder();

test("exit codes differ, all have a meaning, and the launcher knows its own", () => {
  const codes = Object.values(EXIT);
  expect(new Set(codes).size).toBe(codes.length);
  expect(Object.keys(EXIT_MEANINGS)).toEqual(Object.keys(EXIT));
  expect(readFileSync(join(ROOT, "bin", "ai-block.js"), "utf8")).toContain(`const EXIT_NO_NODE = ${EXIT.noNode};`);
});

test.each([
  [new AiBlockError("disk_full", "x"), 8],
  [new AiBlockError("something_else", "x"), 1],
  [Object.assign(new Error("x"), { code: "ECONNREFUSED" }), 4],
  [new DOMException("x", "AbortError"), 1],
  [Object.assign(new Error("x"), { code: "ABORT_ERR" }), 130],
  [new AiBlockError("bad_config", "x", { problems: [{ source: { kind: "flag" } }] }), 2],
  [new AiBlockError("bad_config", "x", { problems: [{ source: { kind: "flag" } }, { source: { kind: "file" } }] }), 3],
  [undefined, 1],
  ["thrown text", 1],
])("the exit code follows from the error's code (%#)", (error, code) => {
  expect(exitCodeOf(error)).toBe(code);
});

test("work that was stopped is told without the word error", () => {
  const stopped = new AiBlockError("interrupted", "stopped before the end");
  expect(describeError(stopped, plain, false)).toBe("stopped before the end\n");
  const aborted = Object.assign(new Error("x"), { code: "ABORT_ERR" });
  expect(describeError(aborted, plain, false)).toBe("stopped before the end\n");
});

test("the advice completes the sentence", () => {
  const text = describeError(
    new AiBlockError("store_locked", "store x: another AI-Block process has it open"),
    plain,
    false,
  );
  expect(text).toBe(`error: store x: another AI-Block process has it open; ${adviceFor("store_locked")}\n`);
});

test("codes of the operating system are told in words, with the path", () => {
  const missing = Object.assign(new Error("ENOENT: no such file or directory, open '/x'"), {
    code: "ENOENT",
    path: "/x",
  });
  expect(describeError(missing, plain, false)).toBe("error: /x: no such file or folder\n");
  const inside = new AiBlockError("bad_x", `thing /x: ${missing.message}`);
  expect(describeError(inside, plain, false)).toBe("error: thing /x: no such file or directory\n");
});

test("a temporary file of ours is told as what the user named: the target, else the folder", () => {
  const temporary = join("/out", `${TEMP_PREFIX}0123`);
  const missing = Object.assign(new Error("ENOENT"), { code: "ENOENT", path: temporary });
  expect(describeError(missing, plain, false)).toBe("error: /out: no such file or folder\n");
  const folder = Object.assign(new Error("EISDIR"), { code: "EISDIR", path: temporary, dest: "/out/x.gguf" });
  expect(describeError(folder, plain, false)).toBe("error: /out/x.gguf: expected a file, got a folder\n");
});

test("what nobody expected says so, and asks for the stack", () => {
  const text = describeError(new TypeError("x is not a function"), plain, false);
  expect(text).toMatch(/^error: unexpected: x is not a function; this is a mistake in ai-block, .*debug adds\n$/);
  const withStack = describeError(new Error("outer", { cause: new Error("inner") }), plain, true);
  expect(withStack).toMatch(/\nError: outer\n\s+at .*[\s\S]*caused by Error: inner\n\s+at /);
});

test("text from others cannot move the cursor or forge a line", () => {
  const error = new AiBlockError("unknown_model", 'got "\u001b[2J\rok\u202e"');
  expect(describeError(error, plain, false)).toBe('error: got "\\u001b[2J\\u000dok\\u202e"\n');
});
