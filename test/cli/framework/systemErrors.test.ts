import { readFile } from "node:fs/promises";
import { constants } from "node:os";
import { failureJson, toFailureJson } from "../../../src/cli/framework/jsonFailure.ts";
import { stableCode, systemCode } from "../../../src/cli/framework/systemErrors.ts";
import { AiBlockError } from "../../../src/core/errors.ts";

const withCode = (code: string): Error => Object.assign(new Error(`${code}: it failed`), { code });

test("a failure of the system has a stable code for scripts, and the system's own in data", async () => {
  const error = await readFile("/nowhere/at/all").catch((thrown: unknown) => thrown);
  const json = toFailureJson(error);
  expect(failureJson.parse(json)).toEqual({
    error: {
      code: "file_missing",
      message: "/nowhere/at/all: no such file or folder",
      data: { systemCode: "ENOENT" },
    },
  });
});

test("our own failures keep their code, and have no data of the system", () => {
  expect(toFailureJson(new AiBlockError("bad_tokens_file", "x: expected JSON"))).toEqual({
    error: { code: "bad_tokens_file", message: "x: expected JSON" },
  });
  expect(toFailureJson(new TypeError("x"))).toMatchObject({ error: { code: "unexpected" } });
});

test("whatever the system or a library says, the code is lower snake case", () => {
  const others = ["ERR_INVALID_ARG_TYPE", "LEVEL_LOCKED", "ABORT_ERR", "ENOTFOUND", "toString", "__proto__", ""];
  for (const code of [...Object.keys(constants.errno), ...others]) {
    const error = withCode(code);
    expect([code, stableCode(error)]).toEqual([code, expect.stringMatching(/^[a-z][a-z0-9_]*$/)]);
    if (/^[A-Z]/.test(code)) expect(systemCode(error)).toBe(code);
  }
  const codes = ["EACCES", "EPERM", "ENOSPC", "EROFS", "ERR_INVALID_ARG_TYPE"].map(withCode).map(stableCode);
  expect(codes).toEqual(["permission_denied", "permission_denied", "disk_full", "disk_read_only", "system_error"]);
});
