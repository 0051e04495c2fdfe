/**
 * Models with a random history: forks, candidates on candidates that nobody has adopted yet, validators that contradict
 * themselves, publishers that sign several first versions. All blocks are valid.
 */
import type { Block } from "../../src/chain/block/block.ts";
import {
  MAX_ATTESTATIONS_PER_VALIDATOR_AND_CANDIDATE,
  MAX_FIRST_VERSIONS_PER_SLOT,
  MAX_PENDING_PER_AUTHOR_AND_SLOT,
} from "../../src/chain/limits.ts";
import type { Random } from "./random.ts";
import { SampleModel, signerOf } from "./sampleModel.ts";

const SLOTS = ["embedding", "head", "layer0.expert0", "layer0.expert1", "layer0.router"];

export interface RandomHistory {
  readonly model: SampleModel;
  /** Without the meta block; parents before children. */
  readonly blocks: readonly Block[];
}

export interface HistoryOptions {
  /** How many blocks to make, the meta block not counted. */
  readonly blocks: number;
  readonly name?: string;
  /**
   * Default false: no author has more blocks than a node holds of him, in whatever order they come. Otherwise one miner
   * makes all candidates, and validators and the publisher contradict themselves more often than a node remembers.
   */
  readonly beyondQuotas?: boolean;
}

export function randomHistory(random: Random, options: HistoryOptions): RandomHistory {
  const { name = `random ${random.seed}`, blocks } = options;
  const validators = random.between(1, 5);
  const model = new SampleModel({
    name,
    slots: SLOTS.slice(0, random.between(1, SLOTS.length)),
    validators,
    quorum: random.between(1, validators),
    smallestImprovement: random.pick([0, 0.01, 0.5]),
  });
  const history = new History(model, random, options);
  while (history.blocks.length < blocks) history.grow();
  return { model, blocks: history.blocks };
}

class History {
  readonly blocks: Block[] = [];
  readonly #model: SampleModel;
  readonly #random: Random;
  readonly #versions: Block[] = [];
  readonly #candidates: Block[] = [];
  readonly #counts = new Map<string, number>();
  readonly #miners: number;
  /** How many times a quota may be used up. */
  readonly #excess: number;

  constructor(model: SampleModel, random: Random, { blocks, beyondQuotas = false }: HistoryOptions) {
    this.#model = model;
    this.#random = random;
    this.#miners = beyondQuotas ? 1 : Math.max(8, blocks);
    this.#excess = beyondQuotas ? 2 : 1;
  }

  grow(): void {
    const roll = this.#random.next();
    if (roll < 0.15 || this.#versions.length === 0) this.#addFirstVersion();
    else if (roll < 0.5 || this.#candidates.length === 0) this.#addCandidate();
    else this.#addAttestation();
  }

  #addFirstVersion(): void {
    const slot = this.#random.pick([...this.#model.manifest.slots.keys()]);
    if (!this.#mayHave(`first ${slot}`, MAX_FIRST_VERSIONS_PER_SLOT * this.#excess)) return;
    this.#push(this.#model.firstVersion(slot, { payload: this.#freshPayload() }), this.#versions);
  }

  /** On any version: an adopted one, one without its quorum, one that was superseded. */
  #addCandidate(): void {
    const improved = this.#versions.length === 0 ? undefined : this.#random.pick(this.#versions);
    const miner = this.#random.below(this.#miners);
    if (improved === undefined) return;
    const { slot } = improved.header;
    const isWithin = this.#mayHave(`candidate ${miner} ${slot}`, MAX_PENDING_PER_AUTHOR_AND_SLOT);
    if (!isWithin && this.#excess === 1) return;
    const also = this.#random.chance(0.3) ? [this.#random.pick(this.#versions)] : [];
    const candidate = this.#model.candidate(improved, {
      author: signerOf(`miner ${miner}`),
      payload: this.#freshPayload(),
      loss: this.#loss(),
      also: also.filter((other) => other.idHex !== improved.idHex),
    });
    this.#push(candidate, this.#versions);
    this.#candidates.push(candidate);
  }

  #addAttestation(): void {
    if (this.#candidates.length === 0) return;
    const candidate = this.#random.pick(this.#candidates);
    const validator = this.#random.below(this.#model.validators.length);
    const most = MAX_ATTESTATIONS_PER_VALIDATOR_AND_CANDIDATE * this.#excess;
    if (!this.#mayHave(`vote ${validator} ${candidate.idHex}`, most)) return;
    // One time in five the validator found no improvement.
    const loss = this.#random.chance(0.2) ? 3.5 : this.#loss();
    const timeMs = candidate.header.timeMs + this.blocks.length;
    this.#push(this.#model.attestation(candidate, validator, { loss, change: { timeMs } }), []);
  }

  /** Few different values, so that losses tie. */
  #loss(): number {
    return this.#random.pick([0.5, 1, 1.25, 1.5, 2, 2.25]);
  }

  #freshPayload(): string {
    return `payload ${this.blocks.length}`;
  }

  #push(block: Block, list: Block[]): void {
    this.blocks.push(block);
    list.push(block);
  }

  #mayHave(what: string, most: number): boolean {
    const count = this.#counts.get(what) ?? 0;
    if (count >= most) return false;
    this.#counts.set(what, count + 1);
    return true;
  }
}
