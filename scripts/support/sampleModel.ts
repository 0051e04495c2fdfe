/**
 * A small model for tests and benchmarks of the chain: real keys, a real manifest, and functions that sign its blocks.
 * Payloads of versions are references only; the chain stores headers without them.
 */

import { type Block, sealBlock, signBlock } from "../../src/chain/block/block.ts";
import type { Header } from "../../src/chain/block/header.ts";
import type { Chain } from "../../src/chain/chain.ts";
import { encodeManifest, type Manifest, type ManifestSlot } from "../../src/chain/model/manifest.ts";
import { ChunkHasher, payloadRoot } from "../../src/chain/payload/chunkList.ts";
import { typeOfSlot } from "../../src/chain/validation/form.ts";
import { compareBytes, toHex, utf8 } from "../../src/core/bytes.ts";
import { createSigner, type Signer } from "../../src/core/ed25519.ts";
import { sha256 } from "../../src/core/hash.ts";
import { parseSlot } from "../../src/core/slot.ts";

export const SAMPLE_TIME_MS = 1_700_000_000_000;
const TENSOR_BYTES = 64;

/** A signer made from a name: the same name gives the same key. */
export function signerOf(name: string): Signer {
  return createSigner(sha256(utf8(`sample key ${name}`)));
}

export function hashOf(text: string): Uint8Array {
  return sha256(utf8(text));
}

export interface SampleOptions {
  readonly name?: string;
  readonly slots?: readonly string[];
  readonly validators?: number;
  readonly quorum?: number;
  readonly smallestImprovement?: number;
  /** The evaluation set; default: a reference to one that nobody has. */
  readonly evaluationBytes?: Uint8Array;
}

export interface VersionOptions {
  readonly author?: Signer;
  readonly loss?: number;
  readonly baselineLoss?: number;
  readonly payload?: string;
  readonly also?: readonly Block[];
  readonly change?: Partial<Header>;
}

export class SampleModel {
  readonly manifest: Manifest;
  readonly manifestBytes: Uint8Array;
  readonly publisher: Signer;
  /** Author of candidates unless told otherwise. */
  readonly miner = signerOf("miner");
  readonly validators: readonly Signer[];
  readonly meta: Block;

  constructor(options: SampleOptions = {}) {
    const { name = "sample", slots = ["embedding", "layer0.expert0", "layer0.expert1", "head"] } = options;
    this.publisher = signerOf(`${name} publisher`);
    this.validators = Array.from({ length: options.validators ?? 3 }, (_, i) =>
      signerOf(`${name} validator ${i}`),
    ).sort((a, b) => compareBytes(a.publicKey, b.publicKey));
    this.manifest = {
      version: 1,
      name,
      publisher: this.publisher.publicKey,
      files: new Map([["config.json", utf8('{"architectures":["MixtralForCausalLM"]}')]]),
      slots: new Map([...slots].sort().map((slot) => [slot, sampleSlot(slot)])),
      evaluation: options.evaluationBytes
        ? { root: rootOf(options.evaluationBytes), bytes: options.evaluationBytes.length }
        : { root: hashOf(`${name} evaluation`), bytes: 1000 },
      validators: this.validators.map(({ publicKey }) => publicKey),
      quorum: options.quorum ?? 2,
      smallestImprovement: options.smallestImprovement ?? 0.01,
    };
    this.manifestBytes = encodeManifest(this.manifest);
    this.meta = this.sign(
      {
        chain: "A",
        type: "meta",
        model: null,
        slot: null,
        parents: [],
        height: 0,
        payload: { root: rootOf(this.manifestBytes), bytes: this.manifestBytes.length, format: "manifest" },
        claims: null,
      },
      this.publisher,
    );
  }

  /** Stores the manifest and the meta block. */
  async publish(chain: Chain): Promise<void> {
    await chain.payloads.put([this.manifestBytes]);
    const [verdict] = await chain.add([sealBlock(this.meta)]);
    if (verdict?.kind !== "accept") throw new Error(`meta block: ${JSON.stringify(verdict)}`);
  }

  /** The first version of `slot`, by the publisher. */
  firstVersion(slot: string, options: VersionOptions = {}): Block {
    return this.#version(slot, this.meta, { author: this.publisher, ...options }, false);
  }

  /** A candidate that improves `improved`, by its own miner unless told otherwise. */
  candidate(improved: Block, options: VersionOptions = {}): Block {
    return this.#version(improved.header.slot as string, improved, options, true);
  }

  attestation(candidate: Block, validator: number | Signer, options: VersionOptions = {}): Block {
    const author = typeof validator === "number" ? (this.validators[validator] as Signer) : validator;
    const claims = candidate.header.claims;
    return this.sign(
      {
        ...this.#place(candidate.header.slot as string, candidate, options.also),
        type: "attestation",
        payload: null,
        claims: this.#claims(options.loss ?? claims?.loss ?? 2, options.baselineLoss ?? claims?.baselineLoss ?? 3),
        ...options.change,
      },
      author,
    );
  }

  sign(fields: Omit<Header, "author" | "version" | "timeMs"> & Partial<Header>, signer: Signer): Block {
    return signBlock({ version: 1, timeMs: SAMPLE_TIME_MS, ...fields }, signer);
  }

  #version(slot: string, subject: Block, options: VersionOptions, isCandidate: boolean): Block {
    const kind = parseSlot(slot)?.kind ?? "expert";
    const payload = options.payload ?? `${toHex(subject.id)} ${slot} ${options.loss ?? ""}`;
    return this.sign(
      {
        ...this.#place(slot, subject, options.also),
        type: typeOfSlot(kind),
        payload: { root: hashOf(payload), bytes: TENSOR_BYTES + 200, format: "safetensors" },
        claims: isCandidate ? this.#claims(options.loss ?? 2, options.baselineLoss ?? 3) : null,
        ...options.change,
      },
      options.author ?? this.miner,
    );
  }

  #place(slot: string, subject: Block, also: readonly Block[] = []) {
    const others = [...also].sort((a, b) => compareBytes(a.id, b.id));
    return {
      chain: "B" as const,
      model: this.meta.id,
      slot,
      parents: [subject.id, ...others.map(({ id }) => id)],
      height: 1 + Math.max(subject.header.height, ...others.map(({ header }) => header.height)),
    };
  }

  #claims(loss: number, baselineLoss: number) {
    return {
      loss,
      baselineLoss,
      evaluation: (this.manifest.evaluation as { root: Uint8Array }).root,
      stateRoot: hashOf("state"),
    };
  }
}

function rootOf(bytes: Uint8Array): Uint8Array {
  const hasher = new ChunkHasher();
  hasher.update(bytes);
  return payloadRoot(hasher.finish());
}

function sampleSlot(name: string): ManifestSlot {
  return { name, tensors: [{ name: `${name}.weight`, dtype: "F32", shape: [4, 4], byteLength: TENSOR_BYTES }] };
}
