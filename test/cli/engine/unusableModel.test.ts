import { resolve } from "node:path";
import { asUnusableModel } from "../../../src/cli/engine/unusableModel.ts";
import { EXIT, exitCodeOf } from "../../../src/cli/framework/exitCodes.ts";
import { AiBlockError } from "../../../src/core/errors.ts";

const forbidden = (path: string) =>
  Object.assign(new Error(`EACCES: permission denied, open '${path}'`), { code: "EACCES", path });

test("a model that only others may read is no model to serve; a right that is missing elsewhere is not about it", () => {
  for (const inside of ["models/olmoe", "models/olmoe/config.json"]) {
    expect(exitCodeOf(asUnusableModel(forbidden(resolve(inside)), "models/olmoe"))).toBe(EXIT.noModel);
  }
  for (const outside of ["models", "models/olmoe-2/config.json", "data/chain"]) {
    const error = forbidden(resolve(outside));
    expect(asUnusableModel(error, "models/olmoe")).toBe(error);
  }
});

test("the sentence names the model once, as it was written, and the reader's own code is kept", () => {
  const told = (message: string, path?: string) => {
    const error = asUnusableModel(new AiBlockError("config_invalid", message), path) as AiBlockError;
    expect([error.code, error.data]).toEqual(["no_model", { reason: "config_invalid" }]);
    return error.message;
  };
  expect(told("olmoe: no weights", "models/olmoe")).toBe("models/olmoe: no weights");
  expect(told("models/olmoe: no weights", "models/olmoe")).toBe("models/olmoe: no weights");
  expect(told("config.json: bad", "models/olmoe")).toBe("models/olmoe: config.json: bad");
  expect(told("config.json: bad")).toBe("config.json: bad");
});

test("what is wrong with anything else stays what it is: a damaged payload is not the model's fault", () => {
  for (const code of ["payload_corrupt", "disk_full", "bad_engine_option", "interrupted"]) {
    const error = new AiBlockError(code, "…");
    expect(asUnusableModel(error, "models/olmoe")).toBe(error);
  }
});
