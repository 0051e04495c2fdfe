import { usedBytes } from "../../../scripts/support/memory.ts";
import { SampleModel, signerOf } from "../../../scripts/support/sampleModel.ts";
import { withChain } from "../../../scripts/support/withChain.ts";
import { manifestBombs } from "../../../scripts/torture/chain/manifestBombs.ts";
import { sealBlock, signBlock } from "../../../src/chain/block/block.ts";
import { decodeManifest, encodeManifest } from "../../../src/chain/model/manifest.ts";
import { toHex } from "../../../src/core/bytes.ts";
import { errorCode } from "../../../src/core/errors.ts";

const model = new SampleModel();

test("a manifest decodes to what was encoded, byte for byte", () => {
  const decoded = decodeManifest(model.manifestBytes);
  expect(decoded).toEqual(model.manifest);
  expect(toHex(encodeManifest(decoded))).toBe(toHex(model.manifestBytes));
});

test("every single flipped bit of a manifest is refused or gives another manifest, never an error without a code", () => {
  for (let at = 0; at < model.manifestBytes.length; at++) {
    const bytes = model.manifestBytes.slice();
    bytes[at]! ^= 1 << (at & 7);
    try {
      expect(toHex(encodeManifest(decodeManifest(bytes)))).toBe(toHex(bytes));
    } catch (error) {
      expect(["bad_encoding", "bad_manifest"]).toContain(errorCode(error));
    }
  }
});

test("what a manifest may not say is refused when it is written, too", () => {
  expect(() => encodeManifest({ ...model.manifest, quorum: 9 })).toThrow("quorum");
  expect(() => encodeManifest({ ...model.manifest, files: new Map() })).toThrow("config.json");
  expect(() => encodeManifest({ ...model.manifest, publisher: new Uint8Array(32) })).toThrow("publisher");
});

/** Row 29 of the attacks. */
test("more than 100 manifests that announce too much are refused, each within a megabyte", () => {
  const bombs = manifestBombs();
  expect(bombs.length).toBeGreaterThan(100);
  const accepted: unknown[] = [];
  for (const { name, bytes } of bombs) {
    const before = usedBytes();
    let code: string | undefined = "accepted";
    try {
      decodeManifest(bytes);
    } catch (error) {
      code = errorCode(error);
    }
    const grownBytes = usedBytes() - before;
    const isRefused = code === "bad_encoding" || code === "bad_manifest";
    if (!isRefused || grownBytes > 2 ** 20) accepted.push({ name, code, grownBytes });
  }
  expect(accepted).toEqual([]);
});

test("a meta block that names such a manifest is rejected, and the chain goes on", async () => {
  await withChain(async (chain) => {
    const publisher = signerOf("bomber");
    for (const { name, bytes } of manifestBombs()) {
      const { root } = await chain.payloads.put([bytes]);
      const payload = { root, bytes: bytes.length, format: "manifest" };
      const meta = signBlock({ ...model.meta.header, payload }, publisher);
      const [verdict] = await chain.add([sealBlock(meta)]);
      expect([name, verdict]).toEqual([name, expect.objectContaining({ kind: "reject", code: "bad_manifest" })]);
    }
    await model.publish(chain);
    expect(chain.models.size).toBe(1);
  });
});
