import { readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { command as exportCommand } from "../../src/cli/chain/export.ts";
import { command as importCommand } from "../../src/cli/chain/import.ts";
import { command as repairCommand } from "../../src/cli/chain/repair.ts";
import { command as verifyCommand } from "../../src/cli/chain/verify.ts";
import { toHex, utf8 } from "../../src/core/bytes.ts";
import { Workplace } from "./runCli.ts";
import { makeSampleChain, type SampleChain, withChain } from "./sampleChain.ts";

let workplace: Workplace;
let sample: SampleChain;
/** A payload that belongs to nothing: it can be damaged without harm. */
let looseRoot: Uint8Array;
beforeAll(async () => {
  workplace = await Workplace.create();
  sample = await makeSampleChain(workplace);
  looseRoot = await withChain(workplace, async (chain) => (await chain.payloads.put([utf8("spare")])).root);
});
afterAll(() => workplace.remove());

test("a chain without faults passes: exit 0, nothing on stdout", async () => {
  const { code, stdout, stderr } = await workplace.run(["chain", "verify"]);
  expect([code, stdout]).toEqual([0, ""]);
  expect(stderr).toBe("8 blocks and 2 payloads are right.\n");
  const json = verifyCommand.json!.parse(await workplace.json(["chain", "verify", "--no-payloads"]));
  expect(json).toEqual({ ok: true, blocks: 8, payloads: 0, findings: [], findingCount: 0 });
});

test("export writes a file once, import reads it into an empty chain, and again changes nothing", async () => {
  const exported = exportCommand.json!.parse(await workplace.json(["chain", "export", "all.aiblock"]));
  expect(exported).toEqual({
    file: workplace.path("all.aiblock"),
    blocks: 8,
    payloads: 1,
    payloadsLeftOut: 0,
    bytes: (await stat(workplace.path("all.aiblock"))).size,
  });
  const again = await workplace.run(["chain", "export", "all.aiblock"]);
  expect([again.code, again.stdout]).toEqual([1, ""]);
  expect(again.stderr).toContain("all.aiblock: expected no file, got one; --force replaces it");
  const forced = await workplace.run(["chain", "export", "all.aiblock", "--force"]);
  // The weights of its versions are not stored here: nothing is left out.
  expect(forced.stdout).toMatch(/^8 blocks, 1 payload, [^\n]*\n$/);

  const elsewhere = ["--data-dir", "elsewhere"];
  const first = importCommand.json!.parse(await workplace.json(["chain", "import", "all.aiblock", ...elsewhere]));
  expect(first).toEqual({ accepted: 8, known: 0, refused: 0, payloads: 1, reasons: [] });
  const second = await workplace.run(["chain", "import", "all.aiblock", ...elsewhere]);
  expect(second.stdout).toBe("0 blocks accepted, 8 known, 0 refused, 1 payload\n");
  const heads = (await workplace.json(["chain", "heads", ...elsewhere])) as { models: { stateRoot: string }[] };
  expect(heads.models[0]!.stateRoot).toBe(sample.stateRoot);
});

test("a range whose parents are missing is refused with the reasons, exit 1", async () => {
  await workplace.run(["chain", "export", "part.aiblock", "--from-height", "2", "--model", "sample"]);
  const { code, stdout } = await workplace.run(["chain", "import", "part.aiblock", "--data-dir", "empty", "--json"]);
  expect(code).toBe(1);
  const json = importCommand.json!.parse(JSON.parse(stdout));
  expect(json).toMatchObject({
    accepted: 0,
    refused: 4,
    reasons: [{ kind: "ignore", code: "unknown_model", count: 4 }],
  });
});

test("a file that is no export, or was changed, fails the verification", async () => {
  await writeFile(workplace.path("text"), "this is no export of a chain");
  const whole = await readFile(workplace.path("all.aiblock"));
  whole[whole.length - 1]! ^= 1;
  await writeFile(workplace.path("changed.aiblock"), whole);
  await writeFile(workplace.path("cut.aiblock"), whole.subarray(0, whole.length - 50));
  for (const [file, sentence] of [
    ["text", "expected an export of a chain, got no export of a chain"],
    ["changed.aiblock", "got a wrong checksum"],
    ["cut.aiblock", "got the end of the file"],
  ] as const) {
    const { code, stderr } = await workplace.run(["chain", "import", file, "--data-dir", "broken"]);
    expect([file, code]).toEqual([file, 6]);
    expect(stderr).toContain(sentence);
  }
});

test("verify names a damaged payload, exit 6; repair moves it away after --yes, and the chain passes again", async () => {
  const rootHex = toHex(looseRoot);
  const path = join(workplace.data, "chain", "payloads", rootHex.slice(0, 2), rootHex);
  await writeFile(path, "SPARE");
  const found = await workplace.run(["chain", "verify"]);
  expect(found.code).toBe(6);
  expect(found.stdout).toMatch(new RegExp(`^payload_corrupt: payload ${rootHex}: .*\\n$`));
  expect(found.stderr).toContain('1 finding. "ai-block chain repair" rebuilds');
  const json = await workplace.run(["chain", "verify", "--json"]);
  expect(json.code).toBe(6);
  expect(verifyCommand.json!.parse(JSON.parse(json.stdout))).toMatchObject({
    ok: false,
    findings: [{ code: "payload_corrupt", block: null, payload: rootHex }],
    findingCount: 1,
  });
  const repaired = repairCommand.json!.parse(await workplace.json(["chain", "repair", "--yes"]));
  expect(repaired).toMatchObject({ blocks: 8, quarantined: [rootHex], findings: [{ payload: rootHex }] });
  expect(await readdir((repaired as { oldIndex: string }).oldIndex)).toContain("CURRENT");
  expect((await workplace.run(["chain", "verify"])).code).toBe(0);
});

test("a chain without its manifest is not repaired unless the model is given up; init or import brings it back", async () => {
  const { root } = sample.model.meta.header.payload!;
  const rootHex = toHex(root);
  const shard = join(workplace.data, "chain", "payloads", rootHex.slice(0, 2));
  await rm(join(shard, rootHex));
  const refused = await workplace.run(["chain", "repair", "--yes"]);
  expect(refused.code).toBe(6);
  expect(refused.stderr).toContain("put the manifest back");
  expect((await workplace.run(["chain", "import", "all.aiblock"])).code).toBe(0);
  expect((await workplace.run(["chain", "verify"])).code).toBe(0);
});

test("--progress json prints one object a line on stderr and nothing else there", async () => {
  const { stdout, stderr, code } = await workplace.run(["chain", "verify", "--json", "--progress", "json"]);
  expect(code).toBe(0);
  const lines = stderr.trimEnd().split("\n");
  expect(lines.pop()).toBe("8 blocks and 1 payload are right.");
  const events = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(
    events.filter(({ finished }) => finished).map(({ stage, done, total, unit }) => [stage, done, total, unit]),
  ).toEqual([
    ["blocks", 8, 8, "blocks"],
    ["indexes", 1, 1, "steps"],
    ["payloads", 1, 1, "payloads"],
  ]);
  expect(JSON.parse(stdout)).toMatchObject({ ok: true });
});
