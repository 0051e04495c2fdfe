import { growingChain } from "../../scripts/support/growingChain.ts";
import { Random } from "../../scripts/support/random.ts";
import { randomHistory } from "../../scripts/support/randomModel.ts";
import { SampleModel } from "../../scripts/support/sampleModel.ts";
import { withTemporaryFolder } from "../../scripts/support/temporary.ts";
import { withChain } from "../../scripts/support/withChain.ts";
import { sealBlock } from "../../src/chain/block/block.ts";
import { Chain } from "../../src/chain/chain.ts";

const ACCEPT = { kind: "accept" };

test("the blocks of one call may come in any order, also thousands of them, also before their meta block", async () => {
  await withChain(async (chain) => {
    const model = new SampleModel({ validators: 1, quorum: 1 });
    await chain.payloads.put([model.manifestBytes]);
    const blocks = [model.meta, ...growingChain(model, 1999)].reverse();
    const verdicts = await chain.add(blocks.map(sealBlock));
    expect(verdicts.filter(({ kind }) => kind !== "accept")).toEqual([]);
  });
});

test("each verdict stands at the place of its block, whatever order the blocks were worked on in", async () => {
  await withChain(async (chain) => {
    const { model, blocks } = randomHistory(new Random(1), { blocks: 300 });
    await model.publish(chain);
    const spoiled = blocks.map((block, i) => ({
      block,
      isSpoiled: i % 7 === 0 && block.header.type === "attestation",
    }));
    const given = new Random(2).shuffle(spoiled);
    const verdicts = await chain.add(
      given.map(({ block, isSpoiled }) => {
        const sealed = sealBlock(block);
        if (isSpoiled) sealed[3]! ^= 1;
        return sealed;
      }),
    );
    expect(verdicts.map((verdict) => ("code" in verdict ? verdict.code : verdict.kind))).toEqual(
      given.map(({ isSpoiled }) => (isSpoiled ? "bad_signature" : "accept")),
    );
  });
});

test("a block that stands several times in one call is stored once, and its verdicts agree", async () => {
  await withChain(async (chain) => {
    const model = new SampleModel();
    await model.publish(chain);
    const sealed = sealBlock(model.firstVersion("head"));
    expect(await chain.add([sealed, sealed, sealed])).toEqual([ACCEPT, ACCEPT, ACCEPT]);
    expect(await chain.add([sealed, sealed])).toMatchObject([{ code: "already_known" }, { code: "already_known" }]);
  });
});

test("blocks whose parents come in other calls at the same time are all stored in the end", async () => {
  await withTemporaryFolder(async (folder) => {
    const { model, blocks } = randomHistory(new Random(4), { blocks: 200 });
    let chain = await Chain.open(folder, { minFreeBytes: 0 });
    await model.publish(chain);
    const calls = new Random(3).batches(new Random(3).shuffle(blocks), 20);
    await Promise.all(calls.map((call, i) => chain.add(call.map(sealBlock), { peer: `peer ${i}` })));
    await chain.close();
    chain = await Chain.open(folder, { minFreeBytes: 0 });
    expect(blocks.filter(({ id }) => !chain.dag.has(id)).map(({ idHex }) => idHex)).toEqual([]);
    await chain.close();
  });
});

test("an aborted call throws the signal's reason, and what it stored stays", async () => {
  await withChain(async (chain) => {
    const model = new SampleModel({ validators: 1, quorum: 1 });
    await model.publish(chain);
    const sealed = [...growingChain(model, 3000)].map(sealBlock);
    const controller = new AbortController();
    const adding = chain.add(sealed, { signal: controller.signal });
    setImmediate(() => controller.abort(new Error("enough")));
    await expect(adding).rejects.toThrow("enough");
    const again = await chain.add(sealed);
    expect(again.every((verdict) => verdict.kind === "accept" || verdict.kind === "ignore")).toBe(true);
    expect(await chain.add(sealed.slice(-1))).toMatchObject([{ code: "already_known" }]);
  });
});
