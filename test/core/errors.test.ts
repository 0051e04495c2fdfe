import { AiBlockError, errorCode, errorMessage } from "../../src/core/errors.ts";

test("an AiBlockError carries code, message, data and cause", () => {
  const cause = new Error("inner");
  const error = new AiBlockError("bad_block", "it is bad", { height: 3 }, { cause });
  expect(error).toBeInstanceOf(Error);
  expect(error).toMatchObject({
    name: "AiBlockError",
    code: "bad_block",
    message: "it is bad",
    data: { height: 3 },
    cause,
  });
  expect(new AiBlockError("a", "b").data).toEqual({});
});

test.each<[unknown, string | undefined, string]>([
  [new AiBlockError("bad_block", "m"), "bad_block", "m"],
  [Object.assign(new Error("gone"), { code: "ENOENT" }), "ENOENT", "gone"],
  [{ code: 5, message: "odd" }, undefined, "odd"],
  [new Error("plain"), undefined, "plain"],
  ["text", undefined, "text"],
  [undefined, undefined, "undefined"],
  [null, undefined, "null"],
])("code and message of anything thrown: case %#", (thrown, code, message) => {
  expect(errorCode(thrown)).toBe(code);
  expect(errorMessage(thrown)).toBe(message);
});
