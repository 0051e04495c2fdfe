/**
 * The way of a block into the store, up to the writer: its form, then its signature (on Node's thread pool, a slice of
 * blocks at a time), then its place. The blocks of one call may come in any order; those that come before a call brings
 * their parents wait among the orphans and are tried again.
 */
import { BoundedMap } from "../core/boundedMap.ts";
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

/** Attested candidates remembered: they are exempt from quotas. */
const MAX_ATTESTED = 16_384;

/** A sealed block of a call, and its position there. */
interface Offer {
  readonly at: number;
  readonly sealed: Uint8Array;
}

/** The same, opened. */
interface Arrival {
  readonly at: number;
  readonly block: Block;
  /** Whether the signatures of the slice that it was opened with are valid. */
  readonly valid: Promise<readonly boolean[]>;
  /** Its position there. */
  readonly index: number;
}

/** By position in the call. */
type Verdicts = (Verdict | Promise<Verdict>)[];

/** Loads and checks the manifest of a meta block; a verdict when that fails. */
export type ManifestCheck = (meta: Block) => Promise<Verdict | undefined>;

export class Intake {
  readonly orphans: Orphans;
  readonly #writer: Writer;
  readonly #clock: Clock;
  readonly #checkManifest: ManifestCheck;
  readonly #retries = new Set<Promise<void>>();
  /** Candidates of which a validly signed attestation came by, and what they build on, by id in hex. */
  readonly #attested = new BoundedMap<string, true>(MAX_ATTESTED);
  #lastMeta: Promise<unknown> = Promise.resolve();

  constructor(writer: Writer, clock: Clock, checkManifest: ManifestCheck) {
    this.#writer = writer;
    this.#clock = clock;
    this.#checkManifest = checkManifest;
    this.orphans = new Orphans(clock);
  }

  /** One verdict for each sealed block, in the order given. Throws only the signal's reason. */
  async add(sealed: readonly Uint8Array[], options: AddOptions = {}): Promise<Verdict[]> {
    const verdicts: Verdicts = [];
    for (let from = 0; from < sealed.length; from += WINDOW_BLOCKS) {
      const window = sealed.slice(from, from + WINDOW_BLOCKS).map((each, i) => ({ at: from + i, sealed: each }));
      await this.#addInOrder(await this.#open(window, verdicts, options.signal), verdicts, options);
      const again = await this.#offersToTryAgain(window, verdicts);
      await this.#addInOrder(await this.#open(again, verdicts, options.signal), verdicts, options);
    }
    return Promise.all(verdicts);
  }

  /** Whether a validator attested this candidate, as far as its attestation came by lately. */
  isAttested(idHex: string): boolean {
    return this.#attested.has(idHex);
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

  /**
   * The blocks that pass as far as they can be judged alone, lowest generation first; `verdicts` on the others. Their
   * signatures are verified by the thread pool in the meantime, one slice after the other.
   */
  async #open(offers: readonly Offer[], verdicts: Verdicts, signal: AbortSignal | undefined): Promise<Arrival[]> {
    const arrivals: Arrival[] = [];
    let last: Promise<unknown> = Promise.resolve();
    for (let from = 0; from < offers.length; from += SLICE_BLOCKS) {
      if (from > 0) await new Promise(setImmediate);
      signal?.throwIfAborted();
      const blocks: Block[] = [];
      const valid = last.then(() => haveValidSignatures(blocks, signal));
      // Whoever waits for it gets the error; a call that was aborted waits for nothing.
      last = valid.catch(() => undefined);
      for (const { at, sealed } of offers.slice(from, from + SLICE_BLOCKS)) {
        const checked = this.#checkAlone(sealed);
        if ("kind" in checked) verdicts[at] = checked;
        else arrivals.push({ at, block: checked, valid, index: blocks.push(checked) - 1 });
      }
    }
    return arrivals.sort((a, b) => a.block.header.height - b.block.header.height);
  }

  async #addInOrder(arrivals: readonly Arrival[], verdicts: Verdicts, { peer, signal }: AddOptions): Promise<void> {
    const peers = peer === undefined ? [] : [peer];
    const ahead: Promise<unknown>[] = [];
    for (let from = 0; from < arrivals.length; from += SLICE_BLOCKS) {
      signal?.throwIfAborted();
      const slice: Promise<Verdict>[] = [];
      for (const { at, block, valid, index } of arrivals.slice(from, from + SLICE_BLOCKS)) {
        const isValid = (await valid)[index] === true;
        if (isValid) this.#noteAttestation(block);
        const verdict = isValid
          ? this.#place(block, peers)
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

  /** Candidates that were over a quota before their attestations in the same call were seen, and what waits for them. */
  async #offersToTryAgain(window: readonly Offer[], verdicts: Verdicts): Promise<Offer[]> {
    const settled = await Promise.all(window.map(({ at }) => verdicts[at]));
    const over = window.filter((_, i) => hasCode(settled[i], "over_quota"));
    if (!over.some(({ sealed }) => this.isAttested(openBlock(sealed).idHex))) return [];
    return window.filter((_, i) => hasCode(settled[i], "over_quota") || hasCode(settled[i], "unknown_parent"));
  }

  #checkAlone(sealed: Uint8Array): Block | Verdict {
    try {
      const block = openBlock(sealed);
      const { rows, models } = this.#writer;
      const nowMs = this.#clock.nowMs();
      const header = (id: Uint8Array) => this.#writer.header(id);
      const isAttested = (idHex: string) => this.isAttested(idHex);
      return checkAlone(block, { rows, models, nowMs, enforceQuotas: true, isAttested, header }) ?? block;
    } catch (error) {
      const code = errorCode(error);
      return code === "bad_encoding" || code === "header_too_large"
        ? reject(code satisfies RejectCode, errorMessage(error))
        : ignore("internal_error", errorMessage(error));
    }
  }

  /** Attestations of a model whose rules are known have passed them: their author is a validator. */
  #noteAttestation({ header: { type, model, parents } }: Block): void {
    if (type !== "attestation" || model === null || !this.#writer.models.has(toHex(model))) return;
    this.#attested.set(toHex(parents[0] as Uint8Array), true);
  }

  /** `peers`: who gave it, and shall keep it if it turns out to be an orphan. */
  async #place(block: Block, peers: Iterable<string>): Promise<Verdict> {
    if (block.header.type === "meta") return this.#placeMeta(block);
    const verdict = await this.#writer.add(block);
    if (verdict.kind === "ignore" && verdict.missing !== undefined) {
      // What an attested candidate builds on is wanted as much as the candidate.
      if (this.isAttested(block.idHex)) for (const id of verdict.missing) this.#attested.set(toHex(id), true);
      for (const peer of peers) this.#keep(block, verdict.missing, peer);
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
    for (const { block, peers } of this.orphans.takeChildren(parentHex)) {
      const retry = this.#place(block, peers).then(() => {
        this.#retries.delete(retry);
      });
      this.#retries.add(retry);
    }
  }
}

function hasCode(verdict: Verdict | undefined, code: string): boolean {
  return verdict !== undefined && verdict.kind === "ignore" && verdict.code === code;
}

function haveValidSignatures(blocks: readonly Block[], signal: AbortSignal | undefined): Promise<boolean[]> {
  return verifyMany(
    blocks.map((block) => ({
      signature: block.signature,
      message: signedBytes(block.id),
      publicKey: block.header.author,
    })),
    signal,
  );
}
