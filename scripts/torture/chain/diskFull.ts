/**
 * Row 55 of the attacks: the disk fills up at a random write. Nothing acknowledged may be lost, reads go on, and writes
 * go on by themselves once there is room again, without a restart.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { auditChain } from "../../../src/chain/audit/audit.ts";
import { type Block, sealBlock } from "../../../src/chain/block/block.ts";
import { Chain } from "../../../src/chain/chain.ts";
import { toHex } from "../../../src/core/bytes.ts";
import { errorCode, errorMessage } from "../../../src/core/errors.ts";
import type { Random } from "../../support/random.ts";
import { hashOf, SampleModel, signerOf } from "../../support/sampleModel.ts";
import type { SmallDisk } from "../../support/smallDisk.ts";

export interface FullDiskReport {
  /** What failed first: "block" or "payload", and how often in all. */
  readonly failedBlocks: number;
  readonly failedPayloads: number;
  /** From the first free byte to the first accepted block. */
  readonly resumedMs: number;
  readonly problems: readonly string[];
}

/** A recovery is tried once a second. */
const RESUME_TRIES = 100;
const RESUME_PAUSE_MS = 100;
/** Space left when the filler has been written: sometimes not enough for one batch, sometimes for a few payloads. */
const MOST_LEFT_BYTES = 300_000;

/** One round on `disk`, which is empty before and after. */
export async function fillDisk(disk: SmallDisk, random: Random): Promise<FullDiskReport> {
  const round = new Round(disk, random);
  try {
    await round.begin();
    await round.addUntilFull();
    await round.stayFull();
    return await round.recover();
  } finally {
    await round.end();
  }
}

class Round {
  readonly problems: string[] = [];
  #failedBlocks = 0;
  #failedPayloads = 0;
  readonly #disk: SmallDisk;
  readonly #random: Random;
  readonly #model: SampleModel;
  readonly #folder: string;
  readonly #acknowledged: Block[] = [];
  readonly #payloads: { root: Uint8Array; bytes: number }[] = [];
  #chain: Chain | undefined;
  #made = 0;

  constructor(disk: SmallDisk, random: Random) {
    this.#disk = disk;
    this.#random = random;
    this.#folder = `${disk.folder}/chain ${random.below(2 ** 31)}`;
    this.#model = new SampleModel({ slots: ["head"] });
  }

  get #open(): Chain {
    return this.#chain as Chain;
  }

  async begin(): Promise<void> {
    this.#chain = await Chain.open(this.#folder, { minFreeBytes: 0 });
    await this.#model.publish(this.#open);
    await this.#add([this.#model.firstVersion("head")]);
    for (let i = this.#random.below(5); i > 0; i--) await this.#addSomething();
  }

  async addUntilFull(): Promise<void> {
    await this.#disk.fill(this.#random.below(MOST_LEFT_BYTES));
    for (let i = 0; i < 500 && this.#failedBlocks === 0; i++) await this.#addSomething();
    if (this.#failedBlocks === 0) this.problems.push("the disk never became full");
  }

  /** Goes on while there is no room, long enough for recoveries to be tried, and reads everything. */
  async stayFull(): Promise<void> {
    await this.#disk.fill(0);
    for (let i = 0; i < 3; i++) {
      await this.#addSomething();
      try {
        await this.#readAll(this.#open);
      } catch (error) {
        this.problems.push(`reading while the disk is full: ${errorCode(error)} ${errorMessage(error)}`);
      }
      await sleep(600);
    }
  }

  async recover(): Promise<FullDiskReport> {
    await this.#disk.empty();
    const start = performance.now();
    let resumedMs = Number.POSITIVE_INFINITY;
    for (let tries = 0; tries < RESUME_TRIES; tries++) {
      if (await this.#add([this.#candidate()])) {
        resumedMs = performance.now() - start;
        break;
      }
      await sleep(RESUME_PAUSE_MS);
    }
    if (!Number.isFinite(resumedMs)) this.problems.push("no block was accepted within 10 s of free space");
    for (let i = 0; i < 5; i++) await this.#addSomething();
    await this.#readAll(this.#open);
    await this.#open.close();
    this.problems.push(...(await auditChain(this.#folder)).findings.map(({ message }) => `audit: ${message}`));
    this.#chain = await Chain.open(this.#folder, { minFreeBytes: 0 });
    await this.#readAll(this.#open);
    const [failedBlocks, failedPayloads] = [this.#failedBlocks, this.#failedPayloads];
    return { failedBlocks, failedPayloads, resumedMs, problems: this.problems };
  }

  async end(): Promise<void> {
    await this.#disk.empty();
    await this.#chain?.close();
  }

  async #addSomething(): Promise<void> {
    if (this.#random.chance(0.3)) return this.#put(this.#random.below(200_000));
    await this.#add(Array.from({ length: this.#random.between(1, 30) }, () => this.#candidate()));
  }

  /** Each by an author of its own: quotas are not the subject. */
  #candidate(): Block {
    const name = `${this.#made++}`;
    return this.#model.candidate(this.#model.firstVersion("head"), { author: signerOf(name), payload: name });
  }

  /** True when all were accepted. */
  async #add(blocks: readonly Block[]): Promise<boolean> {
    const verdicts = await this.#open.add(blocks.map(sealBlock));
    for (const [i, verdict] of verdicts.entries()) {
      if (verdict.kind === "accept") this.#acknowledged.push(blocks[i] as Block);
      else if (verdict.code === "store_unavailable") this.#failedBlocks += 1;
      else this.problems.push(`a block got ${verdict.code}: ${verdict.reason}`);
    }
    return verdicts.every(({ kind }) => kind === "accept");
  }

  async #put(bytes: number): Promise<void> {
    const seed = hashOf(`${this.#made++}`);
    const content = new Uint8Array(bytes).map((_, i) => seed[i % 32] as number);
    try {
      this.#payloads.push(await this.#open.payloads.put([content]));
    } catch (error) {
      this.#failedPayloads += 1;
      if (errorCode(error) !== "disk_full") this.problems.push(`a payload got ${errorCode(error)}`);
    }
  }

  async #readAll(chain: Chain): Promise<void> {
    for (const { id, idHex } of this.#acknowledged) {
      if (chain.dag.block(id)?.idHex !== idHex) this.problems.push(`block ${idHex}: acknowledged and lost`);
    }
    for (const { root, bytes } of this.#payloads) {
      if ((await chain.payloads.readAll(root, bytes)).length !== bytes)
        this.problems.push(`payload ${toHex(root)} is short`);
    }
    if ((await chain.heads(this.#model.meta.id)).size !== 1) this.problems.push("the head is gone");
  }
}
