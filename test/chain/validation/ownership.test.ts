/**
 * Row 27 of the attacks: versions of slots that somebody does not own, rollbacks, version jumps, in all combinations.
 * A small statement of the rules, below, says which combinations are right; no other may be accepted.
 */
import { hashOf, SampleModel, signerOf } from "../../../scripts/support/sampleModel.ts";
import { withChain } from "../../../scripts/support/withChain.ts";
import { type Block, sealBlock, signBlock } from "../../../src/chain/block/block.ts";
import { typeOfSlot } from "../../../src/chain/validation/form.ts";
import type { Signer } from "../../../src/core/ed25519.ts";
import { parseSlot } from "../../../src/core/slot.ts";

const SLOT = "layer0.expert0";
const model = new SampleModel({ validators: 2, quorum: 1 });
const other = new SampleModel({ name: "other", validators: 2, quorum: 1 });
const first = model.firstVersion(SLOT, { payload: "first" });
const adopted = model.candidate(first, { payload: "adopted" });
const vote = model.attestation(adopted, 0);
const pending = model.candidate(adopted, { payload: "pending", author: model.validators[1]! });
const neighbour = model.firstVersion("layer0.expert1", { payload: "neighbour" });
const foreign = other.firstVersion(SLOT);
const missing = model.candidate(first, { payload: "never stored" });

const AUTHORS: Readonly<Record<string, Signer>> = {
  publisher: model.publisher,
  miner: model.miner,
  validator: model.validators[0]!,
  "validator who made a candidate": model.validators[1]!,
  "publisher of another model": other.publisher,
  "validator of another model": other.validators[0]!,
  nobody: signerOf("nobody"),
};
const SUBJECTS = { meta: model.meta, first, adopted, pending, vote, neighbour, foreign, missing };
const KINDS = ["first version", "candidate", "attestation"] as const;
const JUMPS = [-1, 0, 1, 2, 1000];
const SLOTS = [SLOT, "layer0.expert1", "embedding", "layer7.expert0"];
const PAYLOADS = ["fresh", "first", "adopted", "pending", "neighbour"];

interface Combination {
  readonly kind: (typeof KINDS)[number];
  readonly author: string;
  readonly subject: keyof typeof SUBJECTS;
  readonly jump: number;
  readonly slot: string;
  readonly payload: string;
}

function* combinations(): Generator<Combination> {
  for (const kind of KINDS) {
    for (const author of Object.keys(AUTHORS)) {
      for (const subject of Object.keys(SUBJECTS) as (keyof typeof SUBJECTS)[]) {
        for (const jump of JUMPS) {
          for (const slot of SLOTS) {
            for (const payload of kind === "attestation" ? ["fresh"] : PAYLOADS) {
              yield { kind, author, subject, jump, slot, payload };
            }
          }
        }
      }
    }
  }
}

/** The payloads of a version and of those that it descends from. */
const LINEAGE: Readonly<Record<string, readonly string[]>> = {
  first: ["first"],
  adopted: ["first", "adopted"],
  pending: ["first", "adopted", "pending"],
  neighbour: ["neighbour"],
};

function isRight({ kind, author, subject, jump, slot, payload }: Combination): boolean {
  if (jump !== 0 || slot === "layer7.expert0") return false;
  if (kind === "first version") return subject === "meta" && author === "publisher";
  const slotOfSubject = subject === "neighbour" ? "layer0.expert1" : SLOT;
  if (!(subject in LINEAGE) || slot !== slotOfSubject) return false;
  if (kind === "candidate") return !LINEAGE[subject]!.includes(payload);
  if (subject !== "adopted" && subject !== "pending") return false;
  return author === "validator" || (author === "validator who made a candidate" && subject === "adopted");
}

function make({ kind, author, subject, jump, slot, payload }: Combination, timeMs: number): Block {
  const on = SUBJECTS[subject];
  const type = kind === "attestation" ? kind : typeOfSlot(parseSlot(slot)!.kind);
  const format = "safetensors";
  const fields = {
    version: 1,
    chain: "B" as const,
    type,
    model: model.meta.id,
    slot,
    parents: [on.id],
    height: Math.max(1, on.header.height + 1 + jump),
    payload:
      kind === "attestation" ? null : { root: hashOf(payload === "fresh" ? `${timeMs}` : payload), bytes: 264, format },
    claims: kind === "first version" ? null : adopted.header.claims,
    timeMs,
  };
  return signBlock(fields, AUTHORS[author]!);
}

test("no combination of author, subject, slot, height and payload is accepted but those that the rules name", async () => {
  await withChain(async (chain) => {
    await model.publish(chain);
    await other.publish(chain);
    const stored = [first, adopted, vote, pending, neighbour, foreign];
    for (const verdict of await chain.add(stored.map(sealBlock))) expect(verdict).toEqual({ kind: "accept" });
    const headBefore = chain.head(model.meta.id, SLOT);
    const wrong: Block[] = [];
    const right: Block[] = [];
    const names: Combination[] = [];
    for (const combination of combinations()) {
      // On the meta block and its direct children a height below is the block's own.
      const block = make(combination, 1 + right.length + wrong.length);
      const isSame = block.header.height === SUBJECTS[combination.subject].header.height + 1;
      if (isRight({ ...combination, jump: isSame ? 0 : combination.jump })) right.push(block);
      else {
        wrong.push(block);
        names.push(combination);
      }
    }
    const verdicts = await chain.add(wrong.map(sealBlock));
    const letIn = names.filter((_, i) => verdicts[i]!.kind === "accept");
    expect(letIn).toEqual([]);
    expect(wrong.length).toBeGreaterThan(10_000);
    // Rejected for ever, unless only what it builds on is missing here.
    const ignored = names.filter(({ subject }, i) => verdicts[i]!.kind === "ignore" && subject !== "missing");
    expect(ignored).toEqual([]);
    expect(chain.head(model.meta.id, SLOT)).toEqual(headBefore);
    // The statement of the rules is not too narrow: what it names is accepted, up to the quotas.
    const codes = new Set((await chain.add(right.map(sealBlock))).map((v) => ("code" in v ? v.code : v.kind)));
    expect([...codes].sort()).toEqual(["accept", "over_quota"]);
  });
});
