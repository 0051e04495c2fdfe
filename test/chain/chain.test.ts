import { SampleModel } from "../../scripts/support/sampleModel.ts";
import { withTemporaryFolder } from "../../scripts/support/temporary.ts";
import { sealBlock } from "../../src/chain/block/block.ts";
import { Chain } from "../../src/chain/chain.ts";
import { toHex } from "../../src/core/bytes.ts";

test("a published model, a candidate and a quorum of attestations move the head, and a reopened store agrees", async () => {
  await withTemporaryFolder(async (folder) => {
    const model = new SampleModel();
    const first = [...model.manifest.slots.keys()].map((slot) => model.firstVersion(slot));
    const improved = first.find(({ header }) => header.slot === "layer0.expert1")!;
    const candidate = model.candidate(improved, { loss: 2.5 });
    const votes = [model.attestation(candidate, 0), model.attestation(candidate, 1)];
    let chain = await Chain.open(folder, { minFreeBytes: 0 });
    await model.publish(chain);
    const all = [...first, candidate, ...votes].reverse().map(sealBlock);
    const verdicts = await chain.add(all);
    expect(verdicts).toEqual(all.map(() => ({ kind: "accept" })));
    const root = toHex(await chain.stateRoot(model.meta.id));
    expect(toHex(chain.head(model.meta.id, "layer0.expert1")!.id)).toBe(candidate.idHex);
    expect(chain.head(model.meta.id, "layer0.expert1")!.medianLoss).toBe(2.5);
    await chain.close();
    chain = await Chain.open(folder, { minFreeBytes: 0 });
    expect(toHex(await chain.stateRoot(model.meta.id))).toBe(root);
    expect((await chain.add(all.slice(0, 1)))[0]).toMatchObject({ kind: "ignore", code: "already_known" });
    await chain.close();
  });
});
