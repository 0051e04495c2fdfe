/**
 * Every code of a verdict, with at least one block that gets it. The tables do not compile when a code has no case.
 */
import { damageRow } from "../../../scripts/support/damage.ts";
import { hashOf, SAMPLE_TIME_MS, SampleModel, signerOf } from "../../../scripts/support/sampleModel.ts";
import { withTemporaryFolder } from "../../../scripts/support/temporary.ts";
import { withChain } from "../../../scripts/support/withChain.ts";
import { type Block, sealBlock, signBlock } from "../../../src/chain/block/block.ts";
import { Chain, type ChainOptions } from "../../../src/chain/chain.ts";
import {
  MAX_ATTESTATIONS_PER_VALIDATOR_AND_CANDIDATE,
  MAX_CLOCK_SKEW_MS,
  MAX_FIRST_VERSIONS_PER_SLOT,
  MAX_MANIFEST_BYTES,
  MAX_PARENTS,
  MAX_PENDING_PER_AUTHOR_AND_SLOT,
} from "../../../src/chain/limits.ts";
import { keyOf } from "../../../src/chain/store/keySpaces.ts";
import { checkForm } from "../../../src/chain/validation/form.ts";
import type { IgnoreCode, RejectCode, Verdict } from "../../../src/chain/verdict.ts";
import { compareBytes } from "../../../src/core/bytes.ts";
import { manualClock } from "../../../src/core/clock.ts";
import { encodeCanonical } from "../../../src/core/codec.ts";

const model = new SampleModel();
const other = new SampleModel({ name: "other" });
const first = model.firstVersion("head");
const expert = model.firstVersion("layer0.expert0");
const candidate = model.candidate(first, { loss: 2 });
const vote = model.attestation(candidate, 0);
const otherFirst = other.firstVersion("head");
const known = model.firstVersion("head", { payload: "known" });
const afterKnown = model.candidate(known, { author: signerOf("second miner") });
const byValidator = model.candidate(first, { payload: "by a validator", author: model.validators[2]! });
const STORED = [first, expert, candidate, vote, otherFirst, known, afterKnown, byValidator];

/** What is offered: a block, or sealed bytes. */
type Offer = Block | Uint8Array;
type Cases = Readonly<Record<string, () => Offer>>;

const changed = (block: Block, change: object, signer = signerOf("miner")) =>
  signBlock({ ...block.header, ...change }, signer);
const hashes = (count: number) => Array.from({ length: count }, (_, i) => hashOf(`hash ${i}`)).sort(compareBytes);
/** A sealed block around any header value. */
const sealed = (value: Parameters<typeof encodeCanonical>[0]) => {
  const header = encodeCanonical(value);
  const bytes = new Uint8Array(64 + header.length);
  bytes.set(header, 64);
  return bytes;
};

const REJECTED: Readonly<Record<Exclude<RejectCode, "self_parent" | "bad_manifest">, Cases>> = {
  header_too_large: {
    "1,089 bytes": () => new Uint8Array(1089),
    "a megabyte": () => new Uint8Array(2 ** 20),
  },
  bad_encoding: {
    nothing: () => new Uint8Array(0),
    "a signature alone": () => new Uint8Array(64),
    "bytes that are no header": () => new Uint8Array(100),
    "a header that is cut short": () => sealBlock(candidate).slice(0, -1),
    "a byte behind the header": () => Buffer.concat([sealBlock(candidate), Uint8Array.of(0xc0)]),
    "ten fields": () => sealed([1, "B", "expert", null, null, [], 0, null, null, new Uint8Array(32)]),
    "a type of another program": () => sealed([1, "B", "tensor", null, null, [], 0, null, null, hashOf("key"), 0]),
    "a chain C": () => sealed([1, "C", "expert", null, null, [], 0, null, null, hashOf("key"), 0]),
    "a short author": () => sealed([1, "B", "expert", null, null, [], 0, null, null, new Uint8Array(31), 0]),
    "a negative height": () => sealed([1, "B", "expert", null, null, [], -1, null, null, hashOf("key"), 0]),
    "a parent of 33 bytes": () =>
      sealed([1, "B", "expert", null, null, [new Uint8Array(33)], 1, null, null, hashOf(""), 0]),
    "a slot name of 33 letters": () => changed(candidate, { slot: "x".repeat(33) }),
    "an infinite loss": () =>
      sealed([1, "B", "expert", null, null, [], 0, null, [1, -0.5, hashOf(""), hashOf("")], hashOf(""), 0]),
  },
  bad_version: {
    "version 0": () => changed(candidate, { version: 0 }),
    "version 2": () => changed(candidate, { version: 2 }),
  },
  bad_type: { "a type that is reserved": () => changed(candidate, { type: "receipts" }) },
  bad_field: {
    "an expert in chain A": () => changed(expert, { chain: "A" }, model.publisher),
    "a meta block in chain B": () => changed(model.meta, { chain: "B" }, model.publisher),
    "a meta block with a model": () => changed(model.meta, { model: model.meta.id }, model.publisher),
    "a meta block with a slot": () => changed(model.meta, { slot: "head" }, model.publisher),
    "a meta block with a parent": () => changed(model.meta, { parents: [first.id], height: 2 }, model.publisher),
    "a meta block with claims": () => changed(model.meta, { claims: candidate.header.claims }, model.publisher),
    "a meta block without a payload": () => changed(model.meta, { payload: null }, model.publisher),
    "a meta block with tensors": () =>
      changed(model.meta, { payload: { ...model.meta.header.payload, format: "safetensors" } }, model.publisher),
    "a version without a model": () => changed(candidate, { model: null }),
    "a version without a slot": () => changed(candidate, { slot: null }),
    "a version without parents": () => changed(candidate, { parents: [], height: 0 }),
    "a version without a payload": () => changed(candidate, { payload: null }),
    "a version with a manifest": () =>
      changed(candidate, { payload: { ...candidate.header.payload, format: "manifest" } }),
    "a slot that is no slot name": () => changed(candidate, { slot: "layer0.expert01" }),
    "an expert as a dense block": () => changed(expert, { type: "dense" }, model.publisher),
    "a dense slot as an expert": () => changed(candidate, { type: "expert" }),
    "an attestation with a payload": () => changed(vote, { payload: candidate.header.payload }, model.validators[0]),
    "an attestation without claims": () => changed(vote, { claims: null }, model.validators[0]),
  },
  duplicate_parent: {
    "the subject twice": () => changed(candidate, { parents: [first.id, first.id] }),
    "a dependency twice": () => changed(candidate, { parents: [first.id, expert.id, expert.id] }),
  },
  too_many_parents: {
    "one too many": () => changed(candidate, { parents: hashes(MAX_PARENTS + 1) }),
    "as many as fit": () => changed(candidate, { parents: hashes(20) }),
    "an attestation with a dependency": () => changed(vote, { parents: [candidate.id, first.id] }, model.validators[0]),
  },
  unsorted_parents: {
    "dependencies in descending order": () => changed(candidate, { parents: [first.id, ...hashes(3).reverse()] }),
  },
  wrong_height: {
    "zero with parents": () => changed(candidate, { height: 0 }),
    "one above no parents": () => changed(model.meta, { height: 1 }, model.publisher),
    "that of its parent": () => changed(candidate, { height: 1 }),
    "a version jump": () => changed(candidate, { height: 3 }),
    "as if its highest parent were not there": () =>
      changed(expert, { parents: [model.meta.id, candidate.id], height: 1 }, model.publisher),
  },
  wrong_model: {
    "a parent of another model": () => changed(candidate, { parents: [otherFirst.id] }),
    "a dependency on another model": () => changed(candidate, { parents: [first.id, otherFirst.id] }),
    "a dependency on another meta block": () => changed(candidate, { parents: [first.id, other.meta.id] }),
  },
  unknown_slot: {
    "a slot that the manifest does not list": () => model.firstVersion("layer9.router"),
    "a candidate for one": () => changed(candidate, { slot: "layer1.mlp" }),
  },
  wrong_subject: {
    "a first version upon a version": () => changed(first, { parents: [expert.id], height: 2 }, model.publisher),
    "a candidate upon the meta block": () => changed(candidate, { parents: [model.meta.id], height: 1 }),
    "a candidate upon a version of another slot": () => changed(candidate, { parents: [expert.id] }),
    "a candidate upon an attestation": () => changed(candidate, { parents: [vote.id], height: 4 }),
    "a candidate that depends on an attestation": () => changed(candidate, { parents: [first.id, vote.id], height: 4 }),
    "an attestation of a first version": () => model.attestation(first, 1),
    "an attestation of a version of another slot": () => changed(vote, { slot: "embedding" }, model.validators[0]),
    "an attestation of the meta block": () =>
      changed(vote, { parents: [model.meta.id], height: 1 }, model.validators[0]),
  },
  not_the_publisher: {
    "a first version by a miner": () => model.firstVersion("embedding", { author: model.miner }),
    "a first version by a validator": () => model.firstVersion("embedding", { author: model.validators[0]! }),
    "a first version by the publisher of another model": () =>
      model.firstVersion("embedding", { author: other.publisher }),
    "a meta block with the manifest of somebody else": () => changed(model.meta, {}, signerOf("thief")),
  },
  not_a_validator: {
    "an attestation by a miner": () => model.attestation(candidate, signerOf("another miner")),
    "an attestation by the publisher": () => model.attestation(candidate, model.publisher),
    "an attestation by a validator of another model": () => model.attestation(candidate, other.validators[0]!),
  },
  self_attestation: {
    "a validator that improves and votes for itself": () => model.attestation(byValidator, 2),
  },
  wrong_evaluation: {
    "a candidate that was measured on something else": () =>
      changed(candidate, { claims: { ...candidate.header.claims, evaluation: hashOf("easy") } }),
    "an attestation that was measured on something else": () =>
      changed(vote, { claims: { ...vote.header.claims, evaluation: hashOf("easy") } }, model.validators[0]),
  },
  no_improvement: {
    "a candidate that is worse": () => model.candidate(first, { loss: 3.5 }),
    "a candidate that is as good": () => model.candidate(first, { loss: 3 }),
    "a candidate that is too little better": () => model.candidate(first, { loss: 2.995 }),
  },
  bad_payload: {
    "less than the tensors' bytes": () => changed(candidate, { payload: { ...candidate.header.payload, bytes: 63 } }),
    "much more than the tensors' bytes": () =>
      changed(candidate, { payload: { ...candidate.header.payload, bytes: 10_000 } }),
    "an empty manifest": () =>
      changed(model.meta, { payload: { ...model.meta.header.payload, bytes: 0 } }, model.publisher),
    "a manifest beyond the limit": () =>
      changed(
        model.meta,
        { payload: { ...model.meta.header.payload, bytes: MAX_MANIFEST_BYTES + 1 } },
        model.publisher,
      ),
    "a manifest of another length": () =>
      changed(model.meta, { payload: { ...model.meta.header.payload, bytes: 99 } }, model.publisher),
  },
  rollback: {
    "the payload of the improved version": () => model.candidate(known, { payload: "known" }),
    "the payload of an earlier one": () => model.candidate(afterKnown, { payload: "known" }),
  },
  bad_signature: {
    "a signature of zeros": () => ({ ...fresh(), signature: new Uint8Array(64) }),
    "the signature of another block": () => ({ ...fresh(), signature: candidate.signature }),
    "a signature by another key": () => ({ ...fresh(), signature: changed(fresh(), {}, signerOf("thief")).signature }),
    "one flipped bit": () => {
      const bytes = sealBlock(fresh());
      bytes[40]! ^= 4;
      return bytes;
    },
    "a meta block with a wrong signature": () => ({
      ...changed(model.meta, { timeMs: 5 }, model.publisher),
      signature: model.meta.signature,
    }),
  },
};

const fresh = () => model.candidate(first, { payload: "fresh", author: signerOf("fresh miner") });

/** `before` is stored, then `damage` happens to the closed store, then the block is offered. */
interface Scene {
  readonly before?: readonly Block[];
  readonly damage?: "closed" | ((folder: string, options: ChainOptions) => Promise<Chain>);
  readonly offer: Offer;
}

const many = (count: number, make: (i: number) => Block) => Array.from({ length: count }, (_, i) => make(i));

const IGNORED: Readonly<Record<IgnoreCode, Readonly<Record<string, () => Scene>>>> = {
  already_known: {
    "a block that is stored": () => ({ offer: first }),
    "a stored block with another signature": () => ({ offer: { ...first, signature: new Uint8Array(64) } }),
    "a stored meta block": () => ({ offer: model.meta }),
  },
  unknown_parent: {
    "a candidate for a version that is not here": () => ({ offer: model.candidate(model.firstVersion("embedding")) }),
    "a dependency that is not here": () => ({
      offer: changed(candidate, { parents: [first.id, hashOf("nowhere")] }),
    }),
  },
  unknown_model: {
    "a model that is not here": () => ({ offer: new SampleModel({ name: "third" }).firstVersion("head") }),
  },
  manifest_missing: { "a meta block before its manifest": () => ({ offer: new SampleModel({ name: "third" }).meta }) },
  time_in_future: {
    "beyond the tolerance": () => ({
      offer: changed(candidate, { timeMs: SAMPLE_TIME_MS + MAX_CLOCK_SKEW_MS + 1 }),
    }),
  },
  over_quota: {
    "a first version too many, with a higher id": () => {
      const firsts = many(MAX_FIRST_VERSIONS_PER_SLOT + 1, (i) => model.firstVersion("embedding", { payload: `${i}` }));
      firsts.sort((a, b) => compareBytes(a.id, b.id));
      return { before: firsts.slice(0, -1), offer: firsts.at(-1)! };
    },
    "a candidate too many for one slot": () => {
      const make = (i: number) => model.candidate(expert, { payload: `${i}`, author: signerOf("busy") });
      const candidates = many(MAX_PENDING_PER_AUTHOR_AND_SLOT + 1, make);
      return { before: candidates.slice(0, -1), offer: candidates.at(-1)! };
    },
    "an attestation too many, with a higher loss": () => {
      const make = (i: number) => model.attestation(candidate, 1, { loss: 1 + i / 100 });
      const votes = many(MAX_ATTESTATIONS_PER_VALIDATOR_AND_CANDIDATE + 1, make);
      return { before: votes.slice(0, -1), offer: votes.at(-1)! };
    },
  },
  store_unavailable: { "a store that is closed": () => ({ damage: "closed", offer: fresh() }) },
  internal_error: {
    "a row that no longer matches its checksum": () => ({
      damage: async (folder, options) => {
        await damageRow(folder, keyOf("versions", candidate.id));
        return Chain.open(folder, options);
      },
      offer: model.attestation(candidate, 1),
    }),
  },
};

/** Both models and STORED on a chain whose clock stands at the time of the blocks. */
async function prepare(chain: Chain): Promise<void> {
  await model.publish(chain);
  await other.publish(chain);
  for (const verdict of await chain.add(STORED.map(sealBlock))) expect(verdict).toEqual({ kind: "accept" });
}

const bytesOf = (offer: Offer) => (offer instanceof Uint8Array ? offer : sealBlock(offer));
const codeOf = (verdict: Verdict | undefined) => (verdict !== undefined && "code" in verdict ? verdict.code : "accept");

/** One row for each case: code, name, and what came of it. */
const rows = <T>(table: Readonly<Record<string, Readonly<Record<string, () => T>>>>) =>
  Object.entries(table).flatMap(([code, cases]) => Object.entries(cases).map(([name, make]) => ({ code, name, make })));

test("what a block alone, or with its ancestors, proves wrong is rejected with the code of the mistake, and not stored", async () => {
  await withChain(
    async (chain) => {
      await prepare(chain);
      const wrong: unknown[] = [];
      for (const { code, name, make } of rows(REJECTED)) {
        const [verdict] = await chain.add([bytesOf(make())], { peer: "somebody" });
        if (verdict?.kind !== "reject" || verdict.code !== code) wrong.push({ code, name, verdict });
      }
      expect(wrong).toEqual([]);
      const stored: string[] = [];
      for await (const { idHex } of chain.dag.blocks()) stored.push(idHex);
      const expected = [model.meta, other.meta, ...STORED].map(({ idHex }) => idHex);
      expect(stored.sort()).toEqual(expected.sort());
      expect(chain.orphans.size).toBe(0);
    },
    { clock: manualClock(SAMPLE_TIME_MS) },
  );
});

test("what depends on this node is ignored with the code of the reason, and the same block may be accepted elsewhere", async () => {
  for (const { code, name, make } of rows(IGNORED)) {
    await withTemporaryFolder(async (folder) => {
      const { before = [], damage, offer } = make();
      const options = { minFreeBytes: 0, clock: manualClock(SAMPLE_TIME_MS) };
      let chain = await Chain.open(folder, options);
      await prepare(chain);
      for (const verdict of await chain.add(before.map(sealBlock))) expect(verdict).toEqual({ kind: "accept" });
      if (damage !== undefined) {
        await chain.close();
        if (damage !== "closed") chain = await damage(folder, options);
      }
      const [verdict] = await chain.add([bytesOf(offer)], { peer: "somebody" });
      expect([code, name, verdict?.kind, codeOf(verdict)]).toEqual([code, name, "ignore", code]);
      await chain.close();
    });
  }
});

test("a block that names itself as a parent is rejected; no hash allows it, so it is made by hand", () => {
  const id = first.id;
  const verdict = checkForm({ ...candidate, id, header: { ...candidate.header, parents: [id] } });
  expect(verdict).toMatchObject({ kind: "reject", code: "self_parent" });
});

test("a manifest that breaks a rule rejects its meta block", async () => {
  await withChain(async (chain) => {
    const bytes = encodeCanonical(["not", "a", "manifest"]);
    const { root } = await chain.payloads.put([bytes]);
    const payload = { root, bytes: bytes.length, format: "manifest" };
    const meta = changed(model.meta, { payload }, model.publisher);
    expect((await chain.add([sealBlock(meta)]))[0]).toMatchObject({ kind: "reject", code: "bad_manifest" });
  });
});

test("the last moment within the clock's tolerance is accepted, and a block from long ago too", async () => {
  await withChain(
    async (chain) => {
      await prepare(chain);
      const offers = [MAX_CLOCK_SKEW_MS, 0, -SAMPLE_TIME_MS].map((skewMs, i) =>
        model.candidate(first, { payload: `${i}`, change: { timeMs: SAMPLE_TIME_MS + skewMs } }),
      );
      expect((await chain.add(offers.map(sealBlock))).map(codeOf)).toEqual(["accept", "accept", "accept"]);
    },
    { clock: manualClock(SAMPLE_TIME_MS) },
  );
});
