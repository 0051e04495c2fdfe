/**
 * The random load of the kill harness. Everything follows from small numbers, so that the supervisor can name it again:
 * one model, whose manifest and first versions are stored before the first kill; candidates and attestations upon what
 * the store holds; payloads of bytes that depend on their number alone.
 */
import type { Block } from "../../../../src/chain/block/block.ts";
import type { Chain } from "../../../../src/chain/chain.ts";
import { Random } from "../../../support/random.ts";
import { SampleModel, signerOf } from "../../../support/sampleModel.ts";

const MINERS = 200;
const MAX_PAYLOAD_BYTES = 600_000;
const PIECE_BYTES = 64 * 1024;
/** A growth builds on so many of the newest blocks. */
const REMEMBERED_BLOCKS = 200;

export const killModel = new SampleModel({ name: "kill", validators: 3, quorum: 2 });

export function firstVersions(): Block[] {
  return [...killModel.manifest.slots.keys()].map((slot) => killModel.firstVersion(slot));
}

/** The bytes of payload `number`, in pieces: most are small, some have several chunks. */
export function* payloadPieces(number: number): Generator<Uint8Array> {
  const random = new Random(number);
  const size = random.chance(0.5) ? random.below(5000) : random.below(MAX_PAYLOAD_BYTES);
  const piece = random.bytes(256);
  for (let left = size; left > 0; left -= PIECE_BYTES) {
    const bytes = new Uint8Array(Math.min(left, PIECE_BYTES));
    for (let at = 0; at < bytes.length; at += piece.length) bytes.set(piece.subarray(0, bytes.length - at), at);
    yield bytes;
  }
}

/** Blocks to add next, given what the chain holds. */
export class Growth {
  readonly #random: Random;
  readonly #versions: Block[];
  /** Candidates, each with the validators that have not attested it. */
  readonly #candidates: { readonly block: Block; readonly silent: number[] }[] = [];

  constructor(random: Random, versions: readonly Block[]) {
    this.#random = random;
    this.#versions = [...versions];
  }

  /** Continues where the stored blocks end. */
  static async from(random: Random, chain: Chain): Promise<Growth> {
    const versions: Block[] = [];
    const attested = new Set<string>();
    let left = REMEMBERED_BLOCKS;
    for await (const block of chain.dag.blocks({ chain: "B", newestFirst: true })) {
      if (left-- === 0) break;
      if (block.header.type === "attestation") attested.add(Buffer.from(block.header.parents[0]!).toString("hex"));
      else versions.push(block);
    }
    const growth = new Growth(random, versions);
    for (const block of versions) {
      if (block.header.claims !== null && !attested.has(block.idHex))
        growth.#candidates.push({ block, silent: [0, 1, 2] });
    }
    return growth;
  }

  batch(): Block[] {
    return Array.from({ length: this.#random.between(1, 12) }, () => this.#next());
  }

  #next(): Block {
    const candidate = this.#candidates.length === 0 ? undefined : this.#random.pick(this.#candidates);
    const validator = candidate?.silent.pop();
    if (candidate !== undefined && validator !== undefined && this.#random.chance(0.6)) {
      const loss = this.#random.pick([1.5, 1.75, 2, 2.9]);
      return killModel.attestation(candidate.block, validator, { loss });
    }
    const block = killModel.candidate(this.#random.pick(this.#versions), {
      author: signerOf(`miner ${this.#random.below(MINERS)}`),
      payload: `kill ${this.#random.next()}`,
    });
    this.#versions.push(block);
    this.#candidates.push({ block, silent: [0, 1, 2] });
    return block;
  }
}
