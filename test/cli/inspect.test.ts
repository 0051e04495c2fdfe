import { symlink } from "node:fs/promises";
import { command } from "../../miner/inspect.ts";
import { EXIT } from "../../src/cli/framework/exitCodes.ts";
import type { InspectReport } from "../../src/moe/inspect/report.ts";
import { checkpoint } from "./checkpoints.ts";
import { Workplace } from "./runCli.ts";

let workplace: Workplace;
beforeAll(async () => {
  workplace = await Workplace.create();
});
afterAll(() => workplace.remove());

test.each([
  ["olmoe", "safetensors", "OlmoeForCausalLM", { layers: 3, experts: 16, expertsPerToken: 4 }],
  ["mixtral-pt", "pytorch-zip", "MixtralForCausalLM", { layers: 3, experts: 8, expertsPerToken: 2 }],
  ["gpt_oss-mxfp4", "safetensors", "GptOssForCausalLM", { layers: 3, experts: 6, expertsPerToken: 3 }],
])("%s: --json says what it is", async (name, format, architecture, moe) => {
  const json = await workplace.json(["miner", "inspect", checkpoint(name)]);
  expect(command.json!.parse(json)).toEqual(json);
  expect(json).toMatchObject({ name, format, architecture, moe, family: "moe-transformer", refused: null });
  const { parameters, analysis } = json as InspectReport;
  expect(parameters!.active).toBeLessThan(parameters!.total);
  expect(analysis!.memory.q4.allBytes).toBeLessThan(analysis!.memory.f32.allBytes);
});

test("for people it is a list, also through a link", async () => {
  await symlink(checkpoint("mixtral", "model.safetensors"), workplace.path("linked.safetensors"));
  const { code, stdout, stderr } = await workplace.run(["miner", "inspect", "linked.safetensors"]);
  expect([code, stderr]).toEqual([0, ""]);
  expect(stdout).toMatch(/^format +safetensors$/m);
  expect(stdout).toMatch(/^parameters +\d/m);
});

test("what would run code is named, and what is broken refused", async () => {
  const pickle = (await workplace.json(["miner", "inspect", checkpoint("bad", "pickle-code")])) as InspectReport;
  expect(pickle.refused!.code).toBe("pickle_forbidden");
  expect(pickle.imports).toContain("posix system");
  const { code, stdout, stderr } = await workplace.run([
    "miner",
    "inspect",
    checkpoint("bad", "header-not-json"),
    "--json",
  ]);
  expect(code).toBe(EXIT.verification);
  expect(JSON.parse(stdout)).toMatchObject({ error: { code: "header_invalid" } });
  expect(stderr).toMatch(/^error: [^\n]*\n$/);
  const missing = await workplace.run(["miner", "inspect", "none"]);
  expect([missing.code, missing.stderr]).toEqual([EXIT.failed, "error: none: no such file or folder\n"]);
});
