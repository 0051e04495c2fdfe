/** The stores of a node in its data folder, opened in order and closed in reverse. */
import { join } from "node:path";
import type { Block } from "../chain/block/block.ts";
import { Chain } from "../chain/chain.ts";
import { Ledger } from "../chain/ledger/ledger.ts";
import { asDiskError, DEFAULT_MIN_FREE_BYTES } from "../chain/store/diskSpace.ts";
import { UsageStore } from "../chain/usage/usageStore.ts";
import type { Clock } from "../core/clock.ts";
import { AiBlockError, errorCode } from "../core/errors.ts";
import { makeFolder } from "../core/makeFolder.ts";
import { findRunningNode } from "./control/controlClient.ts";
import { PartialUploads } from "./services/partialUploads.ts";

export interface Stores {
  readonly chain: Chain;
  readonly usage: UsageStore;
  readonly ledger: Ledger;
  readonly partials: PartialUploads;
  /** May be called twice. */
  close(): Promise<void>;
}

export interface StoreOptions {
  readonly dataDir: string;
  readonly clock: Clock;
  readonly onStored: (blocks: readonly Block[]) => void;
  /** Unfinished uploads of one caller. */
  readonly maxUploadsOfCaller: number;
  /** Default 256 MiB. */
  readonly minFreeBytes?: number;
}

/** Payloads under way. */
const MAX_UPLOADS = 32;
const MAX_UPLOAD_BYTES = 64 * 2 ** 30;

/** Throws `store_locked` (naming the process, if it is a node), `store_corrupt`, `store_newer`, `disk_full`. */
export async function openStores(options: StoreOptions): Promise<Stores> {
  const { dataDir, clock, onStored, maxUploadsOfCaller, minFreeBytes = DEFAULT_MIN_FREE_BYTES } = options;
  await makeFolder(dataDir).catch((error: unknown) => {
    throw asDiskError(error, dataDir);
  });
  const opened: { close(): Promise<void> }[] = [];
  const open = async <T extends { close(): Promise<void> }>(store: Promise<T>): Promise<T> => {
    opened.push(await store);
    return store;
  };
  const close = async (): Promise<void> => {
    for (const store of [...opened].reverse()) await store.close();
  };
  try {
    const chain = await open(Chain.open(join(dataDir, "chain"), { clock, minFreeBytes, onStored }));
    const usage = await open(UsageStore.open(join(dataDir, "usage"), { clock, minFreeBytes }));
    const ledger = await open(Ledger.open(join(dataDir, "ledger"), { clock, minFreeBytes }));
    const limits = { maxUploads: MAX_UPLOADS, maxUploadsOfCaller, maxBytes: MAX_UPLOAD_BYTES, minFreeBytes };
    const partials = await open(PartialUploads.open(join(dataDir, "uploads"), limits, clock));
    return { chain, usage, ledger, partials, close };
  } catch (error) {
    await close();
    throw errorCode(error) === "store_locked" ? await lockedBy(dataDir, error) : asDiskError(error, dataDir);
  }
}

/** The same error, with the process that has the store if it is a node that answers. */
async function lockedBy(dataDir: string, cause: unknown): Promise<unknown> {
  const node = await findRunningNode(dataDir);
  if (node === undefined) return cause;
  return new AiBlockError(
    "store_locked",
    `another node (process ${node.pid}, ${node.url}) runs on ${dataDir}`,
    { pid: node.pid, url: node.url },
    { cause },
  );
}
