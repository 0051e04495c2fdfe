/** What a miner and a validator do who know the node by its API only, and the checkpoint, which everybody has. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Block, sealBlock, signBlock } from "../../../../src/chain/block/block.ts";
import { ChunkHasher, payloadRoot } from "../../../../src/chain/payload/chunkList.ts";
import { hashFromHex, toHex } from "../../../../src/core/bytes.ts";
import type { Signer } from "../../../../src/core/ed25519.ts";
import { folderSlotSource } from "../../../../src/moe/folderSource.ts";
import { type FloatTarget, fromFloat32, toFloat32 } from "../../../../src/moe/formats/float32.ts";
import { encodeSafetensors } from "../../../../src/moe/formats/safetensors/writer.ts";
import { requireSlot } from "../../../../src/moe/slotSource.ts";
import type { HttpClient } from "./demoNode.ts";

export interface Candidate {
  readonly block: Block;
  readonly payload: Uint8Array;
  /** 64 hex digits. */
  readonly root: string;
}

export class Improvement {
  readonly #client: HttpClient;
  readonly #checkpoint: string;

  constructor(client: HttpClient, checkpoint: string) {
    this.#client = client;
    this.#checkpoint = checkpoint;
  }

  /** Another version of an expert: the first one's weights times `factor`, in their own type. */
  async candidate(slot: string, factor: number, signer: Signer): Promise<Candidate> {
    const payload = await this.#scaled(slot, factor);
    const common = await this.#common();
    const { head } = await this.#client.json<{ head: string }>(`/chain/slots/${toHex(common.model)}/${slot}`);
    const improved = await this.#client.json<{ height: number }>(`/chain/blocks/${head}`);
    const root = rootOf(payload);
    const block = signBlock(
      {
        ...common,
        type: "expert",
        slot,
        parents: [hashFromHex(head)],
        height: improved.height + 1,
        payload: { root, bytes: payload.length, format: "safetensors" },
      },
      signer,
    );
    return { block, payload, root: toHex(root) };
  }

  /** A validator's word that it is better. */
  async attestation({ header: { slot, height }, id }: Block, signer: Signer): Promise<Block> {
    const common = await this.#common();
    return signBlock(
      { ...common, type: "attestation", slot, parents: [id], height: height + 1, payload: null },
      signer,
    );
  }

  async #common() {
    const { items } = await this.#client.json<{ items: [{ model: string; state_root: string }] }>("/chain/models");
    const { model, state_root } = items[0];
    const evaluation = rootOf(await readFile(join(this.#checkpoint, "evaluation.json")));
    const claims = { loss: 1, baselineLoss: 2, evaluation, stateRoot: hashFromHex(state_root) };
    return { version: 1, chain: "B" as const, model: hashFromHex(model), claims, timeMs: Date.now() };
  }

  async #scaled(slot: string, factor: number): Promise<Uint8Array> {
    const source = await folderSlotSource(this.#checkpoint);
    try {
      const tensors = [];
      for (const tensor of requireSlot(source, slot).parts.flatMap((part) => part.tensors)) {
        const values = toFloat32(await source.read(slot, tensor.name), tensor.dtype).map((value) => value * factor);
        tensors.push({ ...tensor, bytes: fromFloat32(values, tensor.dtype as FloatTarget) });
      }
      return encodeSafetensors(tensors);
    } finally {
      await source.close();
    }
  }
}

export function sealedBase64(block: Block): string {
  return Buffer.from(sealBlock(block)).toString("base64");
}

export function rootOf(bytes: Uint8Array): Uint8Array {
  const hasher = new ChunkHasher();
  hasher.update(bytes);
  return payloadRoot(hasher.finish());
}
