import { Random } from "../../../scripts/support/random.ts";
import { randomHistory } from "../../../scripts/support/randomModel.ts";
import { SampleModel } from "../../../scripts/support/sampleModel.ts";
import { withChain } from "../../../scripts/support/withChain.ts";
import { type Block, sealBlock } from "../../../src/chain/block/block.ts";
import type { Chain } from "../../../src/chain/chain.ts";
import type { BlockFilter } from "../../../src/chain/dag/dag.ts";
import { compareBytes, toHex } from "../../../src/core/bytes.ts";

async function idsOf(items: AsyncIterable<Block | Uint8Array>): Promise<string[]> {
  const ids: string[] = [];
  for await (const item of items) ids.push(item instanceof Uint8Array ? toHex(item) : item.idHex);
  return ids;
}

/** A chain with the histories of two models, and all its blocks in topological order. */
async function withHistories(use: (chain: Chain, blocks: Block[], metas: Block[]) => Promise<void>): Promise<void> {
  await withChain(async (chain) => {
    const histories = [1, 2].map((seed) => randomHistory(new Random(seed), { blocks: 80 }));
    for (const { model, blocks } of histories) {
      await model.publish(chain);
      for (const { kind } of await chain.add(blocks.map(sealBlock))) expect(kind).toBe("accept");
    }
    const metas = histories.map(({ model }) => model.meta);
    const all = [...metas, ...histories.flatMap(({ blocks }) => blocks)];
    await use(
      chain,
      all.sort((a, b) => a.header.height - b.header.height || compareBytes(a.id, b.id)),
      metas,
    );
  });
}

test("blocks come in topological order or its reverse, by every filter, and go on behind any of them", async () => {
  await withHistories(async (chain, blocks, [meta]) => {
    const model = meta!.id;
    const ofModel = ({ header, id }: Block) => compareBytes(header.model ?? id, model) === 0;
    const cases: [BlockFilter, (block: Block) => boolean][] = [
      [{}, () => true],
      [{ chain: "A" }, ({ header }) => header.chain === "A"],
      [{ chain: "B" }, ({ header }) => header.chain === "B"],
      [{ model }, ofModel],
      [{ model, slot: "embedding" }, (block) => ofModel(block) && block.header.slot === "embedding"],
      [{ type: "attestation" }, ({ header }) => header.type === "attestation"],
      [{ fromHeight: 2 }, ({ header }) => header.height >= 2],
      [{ toHeight: 2 }, ({ header }) => header.height <= 2],
      [{ fromHeight: 1, toHeight: 3, model }, (b) => ofModel(b) && b.header.height >= 1 && b.header.height <= 3],
      [{ fromHeight: 1000 }, () => false],
    ];
    for (const [filter, matches] of cases) {
      const expected = blocks.filter(matches).map(({ idHex }) => idHex);
      expect(await idsOf(chain.dag.blocks(filter))).toEqual(expected);
      expect(await idsOf(chain.dag.blocks({ ...filter, newestFirst: true }))).toEqual(expected.toReversed());
    }
    for (const [at, { id, header }] of blocks.entries()) {
      const after = { height: header.height, id };
      const ids = blocks.map(({ idHex }) => idHex);
      expect(await idsOf(chain.dag.blocks({ after }))).toEqual(ids.slice(at + 1));
      expect(await idsOf(chain.dag.blocks({ after, newestFirst: true }))).toEqual(ids.slice(0, at).reverse());
    }
  });
});

test("parents, children, tips and versions are those of the blocks", async () => {
  await withHistories(async ({ dag }, blocks, [meta]) => {
    const isParent =
      ({ id }: Block) =>
      (other: Block) =>
        other.header.parents.some((parent) => !compareBytes(parent, id));
    for (const block of blocks) {
      expect(dag.has(block.id)).toBe(true);
      expect(toHex(sealBlock(dag.block(block.id)!))).toBe(toHex(sealBlock(block)));
      expect(dag.parents(block.id).map(toHex)).toEqual(block.header.parents.map(toHex));
      const children = blocks.filter(isParent(block)).map(({ idHex }) => idHex);
      expect(await idsOf(dag.children(block.id))).toEqual(children.sort());
    }
    const tips = blocks.filter((block) => !blocks.some(isParent(block))).map(({ idHex }) => idHex);
    expect(await idsOf(dag.tips())).toEqual(tips.sort());
    const versions = blocks.filter(
      ({ header }) => header.slot === "embedding" && header.payload !== null && !compareBytes(header.model!, meta!.id),
    );
    expect(await idsOf(dag.versions(meta!.id, "embedding"))).toEqual(versions.map(({ idHex }) => idHex));
  });
});

test("ids are found by every prefix of at least four digits, also of odd length", async () => {
  await withHistories(async ({ dag }, blocks) => {
    for (const { idHex } of blocks.slice(0, 20)) {
      for (let length = 4; length <= 64; length++) {
        const prefix = idHex.slice(0, length);
        const expected = blocks.map((block) => block.idHex).filter((other) => other.startsWith(prefix));
        expect((await dag.findByPrefix(prefix)).map(toHex)).toEqual(expected.sort());
      }
    }
    expect(await dag.findByPrefix("00000000")).toEqual([]);
    for (const prefix of ["abc", "ABCD", "abcg", "", "f".repeat(65)]) {
      await expect(dag.findByPrefix(prefix)).rejects.toMatchObject({ code: "bad_prefix" });
    }
  });
});

test("whoever says two things where he may say one is named, with all the evidence", async () => {
  await withChain(async (chain) => {
    const model = new SampleModel({ slots: ["embedding", "head"] });
    await model.publish(chain);
    const firsts = ["a", "b", "c"].map((payload) => model.firstVersion("head", { payload }));
    const alone = model.firstVersion("embedding");
    const candidate = model.candidate(alone);
    const votes = [1, 1.5].map((loss) => model.attestation(candidate, 0, { loss }));
    const blocks = [...firsts, alone, candidate, ...votes, model.attestation(candidate, 1)];
    await chain.add(blocks.map(sealBlock));
    const found: unknown[] = [];
    for await (const { kind, author, slot, ids } of chain.equivocations(model.meta.id)) {
      found.push({ kind, author: toHex(author), slot, ids: ids.map(toHex) });
    }
    const sorted = (some: Block[]) => some.map(({ idHex }) => idHex).sort();
    expect(found).toEqual([
      { kind: "first_versions", author: toHex(model.publisher.publicKey), slot: "head", ids: sorted(firsts) },
      { kind: "attestations", author: toHex(model.validators[0]!.publicKey), slot: "embedding", ids: sorted(votes) },
    ]);
  });
});
