/**
 * The way of a block into the store, up to the writer: its form, then its signature (on Node's thread pool, a slice of
 * blocks at a time), then its place. Blocks that come before their parents wait among the orphans and are tried again.
 */
import { toHex } from "../core/bytes.ts";
import type { Clock } from "../core/clock.ts";
import { verifyMany } from "../core/ed25519.ts";
import { errorCode, errorMessage } from "../core/errors.ts";
import { type Block, openBlock, signedBytes } from "./block/block.ts";
import { Orphans } from "./dag/orphans.ts";
import { checkAlone } from "./validation/validate.ts";
import { ignore, type RejectCode, reject, type Verdict } from "./verdict.ts";
import type { Writer } from "./writer.ts";

const SLICE_BLOCKS = 256;
/** Slices of one call that may wait for the writer at a time. */
const MAX_SLICES_AHEAD = 8;

export interface AddOptions {
  /** Who gave the blocks, for the share of the orphans; without one, blocks with unknown parents are not kept. */
  readonly peer?: string;
  readonly signal?: AbortSignal;
}

/** Loads and checks the manifest of a meta block; a verdict when that fails. */
export type ManifestCheck = (meta: Block) => Promise<Verdict | undefined>;

export class Intake {
  readonly orphans: Orphans;
  readonly #writer: Writer;
  readonly #clock: Clock;
  readonly #checkManifest: ManifestCheck;
  readonly #retries = new Set<Promise<void>>();

  constructor(writer: Writer, clock: Clock, checkManifest: ManifestCheck) {
    this.#writer = writer;
    this.#clock = clock;
    this.#checkManifest = checkManifest;
    this.orphans = new Orphans(clock);
  }

  /** One verdict for each sealed block, in order. Throws only the signal's reason. */
  async add(sealed: readonly Uint8Array[], { peer, signal }: AddOptions = {}): Promise<Verdict[]> {
    const verdicts: Promise<Verdict>[] = [];
    const check = (at: number) => this.#check(sealed.slice(at, at + SLICE_BLOCKS));
    // One slice ahead: its signatures are verified by the thread pool while the writer works on this one.
    let checking = check(0);
    for (let at = 0; at < sealed.length; at += SLICE_BLOCKS) {
      signal?.throwIfAborted();
      const slice = await checking;
      checking = check(at + SLICE_BLOCKS);
      verdicts.push(...slice.map((each) => ("kind" in each ? Promise.resolve(each) : this.#place(each, peer))));
      const oldest = verdicts[at - MAX_SLICES_AHEAD * SLICE_BLOCKS];
      if (oldest !== undefined) await oldest;
    }
    return Promise.all(verdicts);
  }

  /** Tries the orphans that waited for `stored` again. */
  onStored(stored: readonly Block[]): void {
    if (this.orphans.size === 0) return;
    for (const { idHex } of stored) this.#retry(idHex);
  }

  /** Resolves when no orphan is being tried again. */
  async idle(): Promise<void> {
    while (this.#retries.size > 0) await Promise.all(this.#retries);
  }

  /** Each block with a valid signature, or the verdict on it. */
  async #check(sealed: readonly Uint8Array[]): Promise<(Block | Verdict)[]> {
    const checked = sealed.map((each) => this.#checkAlone(each));
    const blocks = checked.filter((each): each is Block => !("kind" in each));
    const valid = await verifyMany(
      blocks.map(({ id, signature, header }) => ({ signature, message: signedBytes(id), publicKey: header.author })),
    );
    const invalid = new Set(blocks.filter((_, i) => valid[i] !== true));
    return checked.map((each) =>
      "kind" in each || !invalid.has(each) ? each : reject("bad_signature", "signature: not valid for id and author"),
    );
  }

  #checkAlone(sealed: Uint8Array): Block | Verdict {
    try {
      const block = openBlock(sealed);
      const { rows, models } = this.#writer;
      const nowMs = this.#clock.nowMs();
      const header = (id: Uint8Array) => this.#writer.header(id);
      return checkAlone(block, { rows, models, nowMs, enforceQuotas: true, header }) ?? block;
    } catch (error) {
      const code = errorCode(error);
      return code === "bad_encoding" || code === "header_too_large"
        ? reject(code satisfies RejectCode, errorMessage(error))
        : ignore("internal_error", errorMessage(error));
    }
  }

  async #place(block: Block, peer: string | undefined): Promise<Verdict> {
    if (block.header.type === "meta") {
      const verdict = await this.#checkManifest(block);
      if (verdict !== undefined) return verdict;
    }
    const verdict = await this.#writer.add(block);
    if (verdict.kind === "ignore" && verdict.missing !== undefined && peer !== undefined) {
      this.#keep(block, verdict.missing, peer);
    }
    return verdict;
  }

  #keep(block: Block, missing: readonly Uint8Array[], peer: string): void {
    if (!this.orphans.add(block, missing, peer)) return;
    // A parent may have been stored while this verdict was on its way.
    for (const parent of missing) {
      if (this.#writer.header(parent) !== undefined) this.#retry(toHex(parent));
    }
  }

  #retry(parentHex: string): void {
    for (const { block, peer } of this.orphans.takeChildren(parentHex)) {
      const retry = this.#place(block, peer).then(() => {
        this.#retries.delete(retry);
      });
      this.#retries.add(retry);
    }
  }
}
