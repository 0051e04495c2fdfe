/**
 * Blocks whose parents are not known yet, kept for a short while in memory only.
 *
 * Caps by number and bytes, in all and for each peer. A peer that fills its share gives up its own oldest orphan; nobody's
 * orphan ever makes room for another peer's, and one that several peers gave stays while one of them holds on to it.
 * Entries expire by the monotonic clock.
 */
import { toHex } from "../../core/bytes.ts";
import type { Clock } from "../../core/clock.ts";
import type { Block } from "../block/block.ts";
import { MAX_ORPHAN_BYTES, MAX_ORPHANS, MAX_ORPHANS_PER_PEER, ORPHAN_TTL_MS } from "../limits.ts";

/** Objects around a block's bytes, estimated: what an orphan costs beyond its encoding. */
const OVERHEAD_BYTES = 2048;

export interface Orphan {
  readonly block: Block;
  /** Who gave it and has not given it up since. */
  readonly peers: Set<string>;
  readonly missing: readonly string[];
  readonly costBytes: number;
  readonly expiresAtMs: number;
}

export class Orphans {
  readonly #clock: Clock;
  /** By id, oldest first. */
  readonly #orphans = new Map<string, Orphan>();
  readonly #byParent = new Map<string, Set<string>>();
  readonly #byPeer = new Map<string, Set<string>>();
  #bytes = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#orphans.size;
  }

  /** Estimated memory of all orphans. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Keeps `block`, given by `peer`, until one of `missing` arrives. False when there is no room for it. */
  add(block: Block, missing: readonly Uint8Array[], peer: string): boolean {
    this.expire();
    const held = this.#orphans.get(block.idHex);
    if (held?.peers.has(peer) === true) return true;
    const own = this.#byPeer.get(peer);
    if (own !== undefined && own.size >= MAX_ORPHANS_PER_PEER) this.#giveUp(own.values().next().value as string, peer);
    if (held !== undefined) {
      held.peers.add(peer);
      link(this.#byPeer, peer, block.idHex);
      return true;
    }
    const costBytes = block.headerBytes.length + OVERHEAD_BYTES;
    if (this.#orphans.size >= MAX_ORPHANS || this.#bytes + costBytes > MAX_ORPHAN_BYTES) return false;
    const orphan: Orphan = {
      block,
      peers: new Set([peer]),
      missing: missing.map(toHex),
      costBytes,
      expiresAtMs: this.#clock.monotonicMs() + ORPHAN_TTL_MS,
    };
    this.#orphans.set(block.idHex, orphan);
    this.#bytes += costBytes;
    link(this.#byPeer, peer, block.idHex);
    for (const parent of orphan.missing) link(this.#byParent, parent, block.idHex);
    return true;
  }

  /** Removes and gives the orphans that waited for the block `parentHex`. */
  takeChildren(parentHex: string): Orphan[] {
    const ids = [...(this.#byParent.get(parentHex) ?? [])];
    return ids.map((id) => this.#remove(id) as Orphan);
  }

  /** Drops what has waited too long. */
  expire(): void {
    const now = this.#clock.monotonicMs();
    for (const [id, { expiresAtMs }] of this.#orphans) {
      if (expiresAtMs > now) return;
      this.#remove(id);
    }
  }

  #giveUp(id: string, peer: string): void {
    unlink(this.#byPeer, peer, id);
    const orphan = this.#orphans.get(id);
    orphan?.peers.delete(peer);
    if (orphan?.peers.size === 0) this.#remove(id);
  }

  #remove(id: string): Orphan | undefined {
    const orphan = this.#orphans.get(id);
    if (orphan === undefined) return undefined;
    this.#orphans.delete(id);
    this.#bytes -= orphan.costBytes;
    for (const peer of orphan.peers) unlink(this.#byPeer, peer, id);
    for (const parent of orphan.missing) unlink(this.#byParent, parent, id);
    return orphan;
  }
}

function link(index: Map<string, Set<string>>, key: string, id: string): void {
  const ids = index.get(key);
  if (ids === undefined) index.set(key, new Set([id]));
  else ids.add(id);
}

function unlink(index: Map<string, Set<string>>, key: string, id: string): void {
  const ids = index.get(key);
  ids?.delete(id);
  if (ids?.size === 0) index.delete(key);
}
