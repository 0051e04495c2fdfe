import { readFileSync } from "node:fs";
import { join } from "node:path";
import { errorsReference } from "../../scripts/docs/errors.ts";
import { readSection } from "../../scripts/docs/section.ts";
import { answerError, apiError } from "../../src/api/errors/apiError.ts";
import { ERROR_TABLE, type ErrorRow, SAME_AS } from "../../src/api/errors/errorTable.ts";
import { snakeCase } from "../../src/api/http/snakeCase.ts";
import { AiBlockError } from "../../src/core/errors.ts";

test("docs/errors.md has every code of the table: run `node scripts/docs/errors.ts`", () => {
  const page = readFileSync(join(import.meta.dirname, "../../docs/errors.md"), "utf8");
  expect(readSection(page, "errors")).toBe(errorsReference());
  for (const code of Object.keys(ERROR_TABLE)) expect(page).toContain(`### ${code}\n`);
});

test("every code is answered with its status, the four keys, and a type that fits", () => {
  const rows: [string, ErrorRow][] = Object.entries(ERROR_TABLE);
  for (const [code, { status }] of rows) {
    const answer = answerError(new AiBlockError(code, "why", { param: "x" }), "req_1");
    expect([code, answer.status, answer.body.error.code]).toEqual([code, status, code]);
    expect(Object.keys(answer.body.error).slice(0, 4)).toEqual(["message", "type", "param", "code"]);
    const type = status === 429 ? "rate_limit_error" : status >= 500 ? "server_error" : "invalid_request_error";
    expect(answer.body.error.type).toBe(type);
    const retries = "retry-after" in answer.headers || "x-should-retry" in answer.headers;
    if (status === 429 || status === 503) expect([code, retries]).toEqual([code, true]);
  }
});

test.each([
  ["a bug", new TypeError("cannot read /etc/secret")],
  ["an error of Node", Object.assign(new Error("/etc/secret"), { code: "EPERM" })],
  ["a code that is not in the table", new AiBlockError("chain_secret", "/etc/secret", { secret: 1 })],
  ["an inherited name as a code", new AiBlockError("constructor", "/etc/secret")],
  ["a text", "/etc/secret"],
  ["nothing", undefined],
])("%s is `internal`, and its text stays inside", (_name, error) => {
  const { status, body, unexpected } = answerError(error);
  expect([status, unexpected, body.error.code]).toEqual([500, true, "internal"]);
  expect(JSON.stringify(body)).not.toContain("secret");
});

test.each([
  ["disk_full", 507],
  ["disk_read_only", 507],
  ["ENOSPC", 507],
  ["engine_failed", 503],
])("folders and files in the message of %s stay inside", (code, expected) => {
  const { status, body } = answerError(new AiBlockError(code, "/srv/node/uploads: no space", { path: "/srv" }));
  expect([status, body.error.message]).toEqual([expected, expect.stringMatching(/^the (?:node's disk|engine) /)]);
  expect(JSON.stringify(body)).not.toContain("/srv");
});

test("codes of the engine are those of the table that mean the same", () => {
  for (const [inner, code] of SAME_AS) {
    expect(answerError(new AiBlockError(inner, "why")).body.error.code).toBe(code);
  }
});

test("only the data that the table names gets out, in snake case", () => {
  const error = apiError("upload_offset_mismatch", "why", { receivedBytes: 5, path: "/etc/secret" });
  expect(answerError(error).body.error.data).toEqual({ received_bytes: 5 });
  expect(answerError(new AiBlockError("bad_sampling_parameter", "why", { parameter: "topP" })).body.error.param).toBe(
    "top_p",
  );
});

test("names are in snake case at every depth, maps become objects, and nothing gets a prototype", () => {
  const input = { topK: 1, a: [{ gateMass: 2 }], heads: new Map([["layer0.expert1", { isHead: true }]]), n: null };
  expect(snakeCase(input)).toEqual({
    top_k: 1,
    a: [{ gate_mass: 2 }],
    heads: { "layer0.expert1": { is_head: true } },
    n: null,
  });
  const hostile = snakeCase(JSON.parse('{"__proto__":{"polluted":1}}')) as object;
  expect(Object.getPrototypeOf(hostile)).toBe(Object.prototype);
  expect(Object.keys(hostile)).toEqual(["__proto__"]);
});
