/** Offering blocks and payloads to the node from outside. */

/** The chain's answer to a block. */
export interface BlockVerdict {
  readonly kind: "accept" | "ignore" | "reject";
  readonly code: string;
  readonly reason: string;
  readonly block: string;
}

export interface UploadState {
  readonly root: string;
  /** `null` until it is known. */
  readonly totalBytes: number | null;
  /** The upload goes on at this offset. */
  readonly receivedBytes: number;
  readonly complete: boolean;
}

/** One expert with its tensors in the request (seed form): for small experts. */
export interface SmallExpertUpload {
  /** Slot, for example `layer0.expert1`. */
  readonly expertName: string;
  readonly model: string;
  /** A safetensors file with exactly the slot's tensors. */
  readonly tensorData: Uint8Array;
  /** The sealed block (header and signature) whose payload is `tensorData`: the miner signs, never the node. */
  readonly block: Uint8Array;
}

export interface UploadPart {
  readonly offset: number;
  readonly totalBytes: number;
  readonly bytes: AsyncIterable<Uint8Array>;
  /** The account of the API key, or the address where the node asks for no keys. */
  readonly caller: string;
}

export interface UploadService {
  /** Stores the payload, then offers the block. Throws `payload_root_mismatch`, `disk_full`, `unknown_model`. */
  uploadExpert(upload: SmallExpertUpload, signal: AbortSignal): Promise<BlockVerdict>;
  /** Offers sealed blocks, one verdict each. */
  addBlocks(sealed: readonly Uint8Array[]): Promise<readonly BlockVerdict[]>;
  /** What is there of a payload: stored, partial, or nothing. */
  state(root: string): Promise<UploadState>;
  /**
   * Appends to the payload at `offset`, for `caller`, whose unfinished uploads are limited. When the last byte is there it is hashed, checked against `root` and stored.
   * Throws `upload_offset_mismatch` (data.receivedBytes), `payload_root_mismatch`, `payload_too_large`, `disk_full`,
   * `too_many_uploads` (data.limit, data.retryAfterMs), `over_quota`.
   */
  append(root: string, part: UploadPart, signal: AbortSignal): Promise<UploadState>;
}
