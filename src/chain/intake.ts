/**
 * The way of a block into the store, up to the writer: its form, then its signature (on Node's thread pool, a slice of
 * blocks at a time), then its place. The blocks of one call may come in any order; those that come before a call brings
 * their parents wait among the orphans and are tried again.
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
/** Blocks of one call that are put in order at a time: bounds the memory, 2 KiB a block. */
const WINDOW_BLOCKS = 16_384;

export interface AddOptions {
  /** Who gave the blocks, for the share of the orphans; without one, blocks with unknown parents are not kept. */
  readonly peer?: string;
  readonly signal?: AbortSignal;
}

/** A block of a call, and its position there. */
interface Arrival {
  readonly at: number;
  readonly block: Block;
}

/** Loads and checks the manifest of a meta block; a verdict when that fails. */
export type ManifestCheck = (meta: Block) => Promise<Verdict | undefined>;

export class Intake {
  readonly orphans: Orphans;
  readonly #writer: Writer;
  readonly #clock: Clock;
  readonly #checkManifest: ManifestCheck;
  readonly #retries = new Set<Promise<void>>();
  #lastMeta: Promise<unknown> = Promise.resolve();

  constructor(writer: Writer, clock: Clock, checkManifest: ManifestCheck) {
    this.#writer = writer;
    this.#clock = clock;
    this.#checkManifest = checkManifest;
    this.orphans = new Orphans(clock);
  }

  /** One verdict for each sealed block, in the order given. Throws only the signal's reason. */
  async add(sealed: readonly Uint8Array[], options: AddOptions = {}): Promise<Verdict[]> {
    const verdicts: (Verdict | Promise<Verdict>)[] = [];
    for (let at = 0; at < sealed.length; at += WINDOW_BLOCKS) {
      const window = sealed.slice(at, at + WINDOW_BLOCKS);
      const arrivals = await this.#open(window, at, verdicts, options.signal);
      await this.#addInOrder(arrivals, verdicts, options);
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

  /** The blocks that pass as far as they can be judged alone, lowest generation first; `verdicts` on the others. */
  async #open(
    window: readonly Uint8Array[],
    firstAt: number,
    verdicts: (Verdict | Promise<Verdict>)[],
    signal: AbortSignal | undefined,
  ): Promise<Arrival[]> {
    const arrivals: Arrival[] = [];
    for (const [i, sealed] of window.entries()) {
      if (i > 0 && i % SLICE_BLOCKS === 0) await new Promise(setImmediate);
      signal?.throwIfAborted();
      const checked = this.#checkAlone(sealed);
      if ("kind" in checked) verdicts[firstAt + i] = checked;
      else arrivals.push({ at: firstAt + i, block: checked });
    }
    return arrivals.sort((a, b) => a.block.header.height - b.block.header.height);
  }

  async #addInOrder(
    arrivals: readonly Arrival[],
    verdicts: (Verdict | Promise<Verdict>)[],
    { peer, signal }: AddOptions,
  ): Promise<void> {
    const verify = (at: number) => haveValidSignatures(arrivals.slice(at, at + SLICE_BLOCKS));
    const ahead: Promise<unknown>[] = [];
    // One slice ahead: its signatures are verified by the thread pool while the writer works on this one.
    let verifying = verify(0);
    for (let from = 0; from < arrivals.length; from += SLICE_BLOCKS) {
      signal?.throwIfAborted();
      const valid = await verifying;
      verifying = verify(from + SLICE_BLOCKS);
      const slice: Promise<Verdict>[] = [];
      for (const [i, { at, block }] of arrivals.slice(from, from + SLICE_BLOCKS).entries()) {
        const verdict =
          valid[i] === true
            ? this.#place(block, peer)
            : Promise.resolve(reject("bad_signature", "signature: not valid for id and author"));
        // The other blocks of its model may follow in this call.
        if (block.header.type === "meta") await verdict;
        verdicts[at] = verdict;
        slice.push(verdict);
      }
      ahead.push(Promise.all(slice));
      if (ahead.length > MAX_SLICES_AHEAD) await ahead.shift();
    }
    await Promise.all(ahead);
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
    if (block.header.type === "meta") return this.#placeMeta(block);
    const verdict = await this.#writer.add(block);
    if (verdict.kind === "ignore" && verdict.missing !== undefined && peer !== undefined) {
      this.#keep(block, verdict.missing, peer);
    }
    return verdict;
  }

  /** One at a time, whoever gave it: a manifest in memory may take 64 MiB. */
  #placeMeta(block: Block): Promise<Verdict> {
    const placed = this.#lastMeta.then(async () => (await this.#checkManifest(block)) ?? this.#writer.add(block));
    this.#lastMeta = placed.catch(() => undefined);
    return placed;
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

function haveValidSignatures(arrivals: readonly Arrival[]): Promise<boolean[]> {
  return verifyMany(
    arrivals.map(({ block }) => ({
      signature: block.signature,
      message: signedBytes(block.id),
      publicKey: block.header.author,
    })),
  );
}
