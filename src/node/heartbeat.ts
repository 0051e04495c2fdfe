/**
 * One line in the log every half minute, when something has changed since the last one: what an operator wants to see
 * pass by. Silence means that nothing happens.
 */
import type { NodeServices } from "../api/services/node.ts";
import type { Chain } from "../chain/chain.ts";
import type { Ledger } from "../chain/ledger/ledger.ts";
import { errorMessage } from "../core/errors.ts";
import type { Logger } from "../core/logger.ts";

const EVERY_MS = 30_000;

export interface HeartbeatOptions {
  readonly services: NodeServices;
  readonly chain: Chain;
  readonly ledger: Ledger;
  /** Whose rewards are shown: public key as hex digits. */
  readonly account: string;
  readonly log: Logger;
  /** Default 30 s. */
  readonly everyMs?: number;
}

export class Heartbeat {
  readonly #options: HeartbeatOptions;
  #timer: NodeJS.Timeout | undefined;
  #beating: Promise<void> = Promise.resolve();
  #last = "";

  constructor(options: HeartbeatOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer ??= setInterval(() => {
      this.#beating = this.#beating.then(() => this.#beat());
    }, this.#options.everyMs ?? EVERY_MS);
    this.#timer.unref();
  }

  /** May be called twice. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#beating;
  }

  /** Never rejects. */
  async #beat(): Promise<void> {
    const { log } = this.#options;
    try {
      const beat = await this.#read();
      const text = JSON.stringify(beat);
      if (text === this.#last) return;
      this.#last = text;
      log.info(beat, "heartbeat");
    } catch (error) {
      log.warn({ err: error }, `there is no heartbeat: ${errorMessage(error)}`);
    }
  }

  async #read() {
    const { services, chain, ledger, account } = this.#options;
    const { status, tokensPerSecond, tokensGenerated } = await services.health();
    const { blocks, tips } = services.chain.counts();
    const nodes = await services.network.nodes();
    const self = nodes.find((node) => node.self);
    const { confirmed, pending } = await ledger.balance(account);
    return {
      status,
      height: await heightOf(chain),
      blocks: Object.values(blocks).reduce((sum, count) => sum + count, 0),
      tips,
      peers: nodes.filter((node) => !node.self && node.state === "online").length,
      ...services.chat.load(),
      tokensPerSecond: tokensPerSecond === null ? null : Math.round(tokensPerSecond * 10) / 10,
      tokensGenerated,
      layers: self?.layers == null ? "none" : self.layers.join("-"),
      earnedMicroCredits: confirmed + pending,
    };
  }
}

/** Of the highest block; -1 for an empty chain. */
async function heightOf({ dag }: Chain): Promise<number> {
  for await (const { header } of dag.blocks({ newestFirst: true })) return header.height;
  return -1;
}
