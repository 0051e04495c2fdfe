/**
 * The chain of a node: the database of headers and indexes, the payloads beside it, and what keeps both true.
 *
 *   <folder>/index      LevelDB
 *   <folder>/payloads   payload files
 *
 * Blocks come in through `add` and leave through `dag`; heads and state roots are read here.
 */
import { join } from "node:path";
import { BoundedMap } from "../core/boundedMap.ts";
import { toHex } from "../core/bytes.ts";
import { type Clock, systemClock } from "../core/clock.ts";
import { AiBlockError } from "../core/errors.ts";
import { Availability } from "./availability.ts";
import type { Block } from "./block/block.ts";
import { Dag } from "./dag/dag.ts";
import { type Equivocation, findEquivocations } from "./dag/equivocation.ts";
import type { Orphans } from "./dag/orphans.ts";
import { expirePending } from "./expiry.ts";
import { type AddOptions, Intake } from "./intake.ts";
import { MAX_MODELS } from "./limits.ts";
import { decodeLeaves } from "./model/headRecords.ts";
import type { Leaf } from "./model/heads.ts";
import type { Manifest } from "./model/manifest.ts";
import { loadManifest, loadModelRules } from "./model/modelLoader.ts";
import type { ModelRules } from "./model/modelRules.ts";
import { stateRootOf } from "./model/stateRoot.ts";
import { PayloadStore } from "./payload/payloadStore.ts";
import { idOfKey } from "./store/blockRows.ts";
import { INDEX, PAYLOADS, refuseInterruptedRepair, sweepTemporary } from "./store/chainFolder.ts";
import { Database, type RowReader } from "./store/database.ts";
import { DEFAULT_MIN_FREE_BYTES, requireWritable } from "./store/diskSpace.ts";
import { headKey, keyOf } from "./store/keySpaces.ts";
import { checkStart } from "./store/startCheck.ts";
import { ignore, type Verdict } from "./verdict.ts";
import { Writer } from "./writer.ts";

export interface ChainOptions {
  readonly clock?: Clock;
  /** Nothing is stored while the disk has less; default 256 MiB. */
  readonly minFreeBytes?: number;
  /** Told of the blocks of each batch once they are on disk. */
  readonly onStored?: (blocks: readonly Block[]) => void;
}

/** Manifests that could not be read are tried again at most this often. */
const MODEL_RETRY_INTERVAL_MS = 1000;

export class Chain {
  readonly folder: string;
  readonly payloads: PayloadStore;
  readonly dag = new Dag(() => this.#database);
  readonly #clock: Clock;
  readonly #writer: Writer;
  readonly #intake: Intake;
  readonly #availability: Availability;
  readonly #adding = new Set<Promise<unknown>>();
  /** Rules of meta blocks on their way to the writer. */
  readonly #rulesAtHand = new BoundedMap<string, ModelRules>(MAX_MODELS);
  #database: Database;
  #closing: Promise<void> | undefined;
  #modelsWithoutRules = 0;
  #modelsLoadedMs = 0;

  private constructor(folder: string, database: Database, payloads: PayloadStore, options: ChainOptions) {
    this.folder = folder;
    this.#database = database;
    this.payloads = payloads;
    this.#clock = options.clock ?? systemClock;
    this.#writer = new Writer(database, this.#clock, {
      rulesOf: (meta) => this.#takeRules(meta),
      isAttested: (idHex) => this.#intake.isAttested(idHex),
      onStored: (blocks) => {
        this.#intake.onStored(blocks);
        options.onStored?.(blocks);
      },
    });
    this.#intake = new Intake(this.#writer, this.#clock, (meta) => this.#checkManifest(meta));
    this.#availability = new Availability({
      folder,
      clock: this.#clock,
      minFreeBytes: options.minFreeBytes ?? DEFAULT_MIN_FREE_BYTES,
      failure: () => this.#writer.failure,
      reopen: () => this.#reopen(),
    });
  }

  /**
   * Opens or creates the chain in `folder`. Throws `store_locked`, `store_newer`, `store_corrupt`, `disk_full`; what is
   * wrong in detail is for `verify` to find.
   */
  static async open(folder: string, options: ChainOptions = {}): Promise<Chain> {
    await refuseInterruptedRepair(folder);
    const database = await Database.open(join(folder, INDEX));
    try {
      await sweepTemporary(folder);
      await checkStart(database);
      const payloads = await PayloadStore.open(join(folder, PAYLOADS), options.minFreeBytes);
      const chain = new Chain(folder, database, payloads, options);
      await chain.#loadModels();
      return chain;
    } catch (error) {
      await database.close();
      throw error;
    }
  }

  /** Rules of the models stored here whose manifests can be read, by the hex id of the meta block. */
  get models(): ReadonlyMap<string, ModelRules> {
    return this.#writer.models;
  }

  /** The stored rows, for readers of single blocks (`recheck.ts`, `model/versionState.ts`). */
  get rows(): RowReader {
    return this.#database;
  }

  get orphans(): Orphans {
    return this.#intake.orphans;
  }

  /**
   * Offers sealed blocks, in any order. One verdict each, in the same order; an accepted block is on disk. Throws only
   * the signal's reason.
   */
  async add(sealed: readonly Uint8Array[], options: AddOptions = {}): Promise<Verdict[]> {
    if (this.#closing !== undefined) return refuseAll(sealed, ignore("store_unavailable", "the store is closing"));
    const adding = this.#addWhenAvailable(sealed, options);
    this.#adding.add(adding);
    try {
      return await adding;
    } finally {
      this.#adding.delete(adding);
    }
  }

  /** The manifest of a stored model. Throws `unknown_model`, `payload_missing` or `payload_corrupt`. */
  async manifest(model: Uint8Array): Promise<Manifest> {
    const meta = this.dag.block(model);
    if (meta?.header.type === "meta") return loadManifest(this.payloads, meta);
    throw new AiBlockError("unknown_model", `model: ${toHex(model)} is not stored here`);
  }

  /** The head of every slot that has a version, by slot name. */
  async heads(model: Uint8Array): Promise<Map<string, Leaf>> {
    const heads = new Map<string, Leaf>();
    const prefix = keyOf("heads", model);
    for await (const [key, value] of this.#database.scan(prefix)) {
      const best = decodeLeaves(value)[0];
      if (best !== undefined) heads.set(Buffer.from(key.subarray(prefix.length)).toString("utf8"), best);
    }
    return heads;
  }

  /** The head of one slot, without looking at the others. */
  head(model: Uint8Array, slot: string): Leaf | undefined {
    const row = this.#database.get(headKey(model, slot));
    return row === undefined ? undefined : decodeLeaves(row)[0];
  }

  async stateRoot(model: Uint8Array): Promise<Uint8Array> {
    return stateRootOf(
      model,
      [...(await this.heads(model))].map(([slot, { id }]) => [slot, id]),
    );
  }

  /** Groups of blocks of `model` in which somebody contradicts himself; all of them are kept as evidence. */
  equivocations(model: Uint8Array): AsyncGenerator<Equivocation> {
    return findEquivocations(this.dag, model);
  }

  /** Removes candidates that nobody attested for 24 hours and whose payload never came. Returns how many. */
  async expirePending(): Promise<number> {
    let removed = 0;
    await this.#writer.exclusively(async (rows) => {
      removed = await expirePending(rows, this.#database, this.#clock.nowMs());
    });
    return removed;
  }

  /** Waits for what is under way, then closes the store. May be called twice. */
  close(): Promise<void> {
    this.#closing ??= (async () => {
      await Promise.allSettled(this.#adding);
      await this.#availability.idle();
      await this.#intake.idle();
      await this.#writer.idle();
      await this.#database.close();
    })();
    return this.#closing;
  }

  async #addWhenAvailable(sealed: readonly Uint8Array[], options: AddOptions): Promise<Verdict[]> {
    const verdict = await this.#availability.unavailable();
    if (verdict !== undefined) return refuseAll(sealed, verdict);
    const sinceLoaded = this.#clock.monotonicMs() - this.#modelsLoadedMs;
    if (this.#modelsWithoutRules > 0 && sinceLoaded >= MODEL_RETRY_INTERVAL_MS) await this.#loadModels();
    return this.#intake.add(sealed, options);
  }

  /** Loads the rules of stored models that have none yet: their manifest may have been damaged or away. */
  async #loadModels(): Promise<void> {
    this.#modelsLoadedMs = this.#clock.monotonicMs();
    this.#modelsWithoutRules = 0;
    for await (const [key] of this.#database.scan(keyOf("models"))) {
      const meta = this.dag.block(idOfKey(key));
      if (meta === undefined || this.#writer.models.has(meta.idHex)) continue;
      const rules = await loadModelRules(this.payloads, meta);
      if ("kind" in rules) this.#modelsWithoutRules += 1;
      else this.#writer.models.set(meta.idHex, rules);
    }
  }

  async #checkManifest(meta: Block): Promise<Verdict | undefined> {
    const rules = await loadModelRules(this.payloads, meta);
    if ("kind" in rules) return rules;
    this.#rulesAtHand.set(meta.idHex, rules);
    return undefined;
  }

  #takeRules(meta: Block): ModelRules {
    const rules = this.#rulesAtHand.get(meta.idHex) as ModelRules;
    this.#rulesAtHand.delete(meta.idHex);
    return rules;
  }

  async #reopen(): Promise<void> {
    await this.#writer.idle();
    // Closed only when it can be opened again: until then the old database answers reads.
    await requireWritable(this.payloads.folder, await this.#database.bytesToReopen());
    await this.#database.close();
    this.#database = await Database.open(this.#database.folder);
    this.#writer.reset(this.#database);
    // A meta block may have reached the log although the sync behind it failed.
    await this.#loadModels();
  }
}

function refuseAll(sealed: readonly Uint8Array[], verdict: Verdict): Verdict[] {
  return sealed.map(() => verdict);
}
