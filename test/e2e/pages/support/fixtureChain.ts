/**
 * The two chains of a small model (4 layers of 8 experts), of blocks that are really signed, as the API's `ChainService`.
 * One expert has a second version with its attestations, so that there is something to see.
 */
import type { BlockDetails, ChainService, SlotDetails } from "../../../../src/api/services/chain.ts";
import { type Block, signBlock } from "../../../../src/chain/block/block.ts";
import type { Claims } from "../../../../src/chain/block/claims.ts";
import type { Header } from "../../../../src/chain/block/header.ts";
import { stateRootOf } from "../../../../src/chain/model/stateRoot.ts";
import { fromHex, toHex } from "../../../../src/core/bytes.ts";
import { createSigner, type Signer } from "../../../../src/core/ed25519.ts";
import { AiBlockError } from "../../../../src/core/errors.ts";
import { sha256 } from "../../../../src/core/hash.ts";
import { matches, summaryOf } from "./blockSummary.ts";

export const LAYERS = 4;
export const EXPERTS = 8;
const MADE_MS = Date.UTC(2026, 10, 20, 9, 30);

const publisher = signerOf(1);
const miner = signerOf(2);
const validators = [signerOf(3), signerOf(4), signerOf(5)];

export class FixtureChain {
  readonly blocks: Block[] = [];
  readonly meta: Block;
  readonly #heads = new Map<string, Block>();

  constructor() {
    this.meta = this.#add(publisher, {
      chain: "A",
      type: "meta",
      slot: null,
      parents: [],
      payload: ["manifest", 18_204],
    });
    for (const slot of slotsOfModel()) this.#addFirstVersion(slot);
    this.#improve("layer1.expert3", 2.41, 2.287);
    this.#improve("layer3.expert6", 2.287, 2.261);
    // A candidate that nobody has measured yet.
    this.#addCandidate("layer2.expert0", 2.261, 2.255);
  }

  get stateRoot(): string {
    return toHex(
      stateRootOf(
        this.meta.id,
        [...this.#heads].map(([slot, block]) => [slot, block.id] as const),
      ),
    );
  }

  headOf(slot: string): Block {
    return this.#heads.get(slot)!;
  }

  /** Adds a candidate now, as a miner would. */
  grow(slot: string): string {
    return this.#addCandidate(slot, 2.26, 2.25, Date.now()).idHex;
  }

  service(): ChainService {
    return {
      blocks: async (filter, { cursor, limit, newestFirst }) => {
        const found = this.blocks.filter((block) => matches(block, filter)).map(summaryOf);
        if (newestFirst === true) found.reverse();
        const from = cursor === undefined ? 0 : Number(cursor);
        if (!Number.isInteger(from)) throw new AiBlockError("bad_cursor", "cursor: expected one from a list");
        const items = found.slice(from, from + limit);
        return { items, nextCursor: from + limit < found.length ? String(from + limit) : null };
      },
      block: async (id) => this.#details(id),
      search: async (prefix, limit) =>
        this.blocks
          .filter(({ idHex }) => idHex.startsWith(prefix))
          .map(summaryOf)
          .slice(0, limit),
      slot: async (model, slot) => (model === this.meta.idHex ? this.#slot(slot) : undefined),
      heads: async (model) => {
        if (model !== this.meta.idHex)
          throw new AiBlockError("unknown_model", `model: expected a known one, got ${model}`);
        return new Map([...this.#heads].map(([slot, { idHex }]) => [slot, idHex]));
      },
      counts: () => ({
        blocks: this.#counts(),
        tips: this.blocks.filter((block) => this.#children(block).length === 0).length,
        orphans: 0,
      }),
    };
  }

  #details(id: string): BlockDetails | undefined {
    const block = this.blocks.find(({ idHex }) => idHex === id);
    if (block === undefined) return undefined;
    const { header } = block;
    return {
      ...summaryOf(block),
      children: this.#children(block).map(({ idHex }) => idHex),
      headerBase64: Buffer.from(block.headerBytes).toString("base64"),
      signature: Buffer.from(block.signature).toString("base64"),
      signatureDomain: "ai-block/block/1",
      payloadStored: header.payload === null ? null : true,
      isHead: header.slot !== null && this.#heads.get(header.slot)?.idHex === id,
    };
  }

  #slot(slot: string): SlotDetails | undefined {
    const head = this.#heads.get(slot);
    if (head === undefined) return undefined;
    const versions = this.blocks.filter(({ header }) => header.slot === slot && header.type !== "attestation");
    return {
      model: this.meta.idHex,
      slot,
      head: head.idHex,
      versions: versions.map((block) => {
        const attestations = this.#children(block)
          .filter(({ header }) => header.type === "attestation")
          .map(({ idHex, header }) => ({ block: idHex, validator: toHex(header.author), loss: header.claims!.loss }));
        const losses = attestations.map(({ loss }) => loss).sort();
        return {
          block: block.idHex,
          author: toHex(block.header.author),
          height: block.header.height,
          timeMs: block.header.timeMs,
          improves: block.header.claims === null ? null : toHex(block.header.parents[0]!),
          claimedLoss: block.header.claims?.loss ?? null,
          attestations,
          medianLoss: losses[Math.floor(losses.length / 2)] ?? null,
          isHead: block === head,
        };
      }),
    };
  }

  #children(parent: Block): Block[] {
    return this.blocks.filter(({ header }) => header.parents.some((id) => toHex(id) === parent.idHex));
  }

  #counts(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { header } of this.blocks) counts[header.type] = (counts[header.type] ?? 0) + 1;
    return counts;
  }

  #addFirstVersion(slot: string): void {
    const type = slot.includes(".expert") ? "expert" : slot.endsWith(".router") ? "router" : "dense";
    const bytes =
      type === "expert" ? 394_112 : type === "router" ? 4_280 : slot.includes("attention") ? 262_800 : 1_048_904;
    this.#heads.set(
      slot,
      this.#add(publisher, { chain: "B", type, slot, parents: [this.meta], payload: ["safetensors", bytes] }),
    );
  }

  #improve(slot: string, baseline: number, loss: number): void {
    const candidate = this.#addCandidate(slot, baseline, loss);
    for (const [i, validator] of validators.entries()) {
      const claims = this.#claims(baseline, loss + (i - 1) * 0.0004);
      this.#add(validator, { chain: "B", type: "attestation", slot, parents: [candidate], claims });
    }
    this.#heads.set(slot, candidate);
  }

  #addCandidate(slot: string, baseline: number, loss: number, timeMs?: number): Block {
    const claims = this.#claims(baseline, loss);
    const parents = [this.headOf(slot)];
    return this.#add(
      miner,
      { chain: "B", type: "expert", slot, parents, payload: ["safetensors", 394_112], claims },
      timeMs,
    );
  }

  #claims(baselineLoss: number, loss: number): Claims {
    return { loss, baselineLoss, evaluation: sha256(Buffer.from("evaluation")), stateRoot: fromHex(this.stateRoot) };
  }

  #add(signer: Signer, block: NewBlock, timeMs = MADE_MS + this.blocks.length * 1700): Block {
    const { chain, type, slot, parents, payload, claims = null } = block;
    const header: Omit<Header, "author"> = {
      version: 1,
      chain,
      type,
      model: type === "meta" ? null : this.meta.id,
      slot,
      parents: parents.map(({ id }) => id),
      height: parents.length === 0 ? 0 : 1 + Math.max(...parents.map((parent) => parent.header.height)),
      payload:
        payload === undefined
          ? null
          : { root: sha256(Buffer.from(`${slot}${this.blocks.length}`)), bytes: payload[1], format: payload[0] },
      claims,
      timeMs,
    };
    const made = signBlock(header, signer);
    this.blocks.push(made);
    return made;
  }
}

interface NewBlock {
  readonly chain: "A" | "B";
  readonly type: Header["type"];
  readonly slot: string | null;
  readonly parents: readonly Block[];
  readonly payload?: readonly [string, number];
  readonly claims?: Claims;
}

function slotsOfModel(): string[] {
  const layers = Array.from({ length: LAYERS }, (_, i) => [
    `layer${i}.attention`,
    `layer${i}.router`,
    ...Array.from({ length: EXPERTS }, (_, j) => `layer${i}.expert${j}`),
  ]);
  return ["embedding", ...layers.flat(), "head"];
}

function signerOf(seed: number): Signer {
  return createSigner(new Uint8Array(32).fill(seed));
}
