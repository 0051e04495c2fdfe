/** The two chains as the API shows them. All ids and keys are 64 hex digits, sizes are bytes, times are ms since 1970. */

export interface BlockSummary {
  readonly id: string;
  readonly chain: "A" | "B";
  readonly type: "meta" | "dense" | "router" | "expert" | "attestation" | "receipts";
  /** Meta block of the model; of a meta block itself `null`. */
  readonly model: string | null;
  readonly slot: string | null;
  readonly parents: readonly string[];
  readonly height: number;
  readonly payload: { readonly root: string; readonly bytes: number; readonly format: string } | null;
  readonly claims: Readonly<Record<string, unknown>> | null;
  readonly author: string;
  readonly timeMs: number;
}

export interface BlockDetails extends BlockSummary {
  readonly children: readonly string[];
  /** The canonical header bytes and the signature, base64: what a browser needs to check the block by itself. */
  readonly headerBase64: string;
  readonly signature: string;
  /** Text that stands before the id in the signed bytes. */
  readonly signatureDomain: string;
  /** Whether the payload is stored here; `null` for a block without one. */
  readonly payloadStored: boolean | null;
  /** For a version of a slot: whether it is the slot's head. */
  readonly isHead: boolean;
}

export interface SlotVersion {
  readonly block: string;
  readonly author: string;
  readonly height: number;
  readonly timeMs: number;
  readonly improves: string | null;
  readonly claimedLoss: number | null;
  /** Losses that validators measured. */
  readonly attestations: readonly { readonly block: string; readonly validator: string; readonly loss: number }[];
  readonly medianLoss: number | null;
  readonly isHead: boolean;
}

export interface SlotDetails {
  readonly model: string;
  readonly slot: string;
  readonly head: string | null;
  readonly versions: readonly SlotVersion[];
}

export interface BlockFilter {
  readonly chain?: "A" | "B";
  readonly type?: BlockSummary["type"];
  readonly model?: string;
  readonly slot?: string;
  readonly author?: string;
}

export interface PageQuery {
  /** Of the page before; without one the first page. */
  readonly cursor?: string;
  /** 1 to 1000. */
  readonly limit: number;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Give it back to get the next page; `null` at the end. Opaque. */
  readonly nextCursor: string | null;
}

export interface ChainService {
  /** Newest first when `newestFirst`; else by height. `limit` 1 to 1000. Throws `bad_cursor`. */
  blocks(filter: BlockFilter, page: PageQuery & { readonly newestFirst?: boolean }): Promise<Page<BlockSummary>>;
  block(id: string): Promise<BlockDetails | undefined>;
  /** Blocks whose id begins with `prefix` (at least 4 digits), at most `limit`. */
  search(prefix: string, limit: number): Promise<readonly BlockSummary[]>;
  slot(model: string, slot: string): Promise<SlotDetails | undefined>;
  /** Slot to the block of its head. Throws `unknown_model`. */
  heads(model: string): Promise<ReadonlyMap<string, string>>;
  counts(): { readonly blocks: Readonly<Record<string, number>>; readonly tips: number; readonly orphans: number };
}
