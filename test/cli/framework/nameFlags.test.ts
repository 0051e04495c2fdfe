import { NODE_FLAGS, withFlagName } from "../../../src/cli/framework/nameFlags.ts";
import { AiBlockError } from "../../../src/core/errors.ts";

test("a host that is refused is named by its flag", () => {
  const refused = new AiBlockError("insecure_bind", "host: 0.0.0.0 lets other machines use this node", {});
  expect(withFlagName(refused, NODE_FLAGS)).toMatchObject({
    code: "insecure_bind",
    message: "--http-host: 0.0.0.0 lets other machines use this node",
  });
});
