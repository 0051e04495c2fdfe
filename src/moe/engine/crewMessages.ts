/** What the crew is made of and what its threads hand to each other; all plain data but `KernelSource`. */
import type { ModelSpec } from "../model/spec.ts";
import type { KernelKind } from "./executor.ts";
import type { FollowerLink } from "./followers.ts";
import type { ExecutionProvider } from "./ort.ts";
import type { StoredBits } from "./preparedFile.ts";
import type { Share, Weights } from "./weights.ts";

export interface CrewOptions {
  readonly spec: ModelSpec;
  readonly maxRows: number;
  readonly maxKernelsPerRow: number;
  readonly maxSequences: number;
  readonly maxHeadRows: number;
  readonly shards: number;
  /** The threads besides the leader's, not yet enlisted; with it at most as many as there are shards. */
  readonly followers: readonly FollowerLink[];
  /** Where quantised matrices lie; only needed if there will be any. */
  readonly preparedFolder: string | undefined;
  /** For files that are not finished. */
  readonly workFolder: string;
  readonly executionProvider: ExecutionProvider;
}

/** Where a kernel's weights come from. */
export interface KernelSource {
  /** Equal versions are equal weights. */
  readonly version: string;
  /** Bits of its matrices; `undefined`: float32. */
  readonly bits: StoredBits | undefined;
  /** Called at most once, and only if the kernel was not prepared before. */
  read(): Promise<(share: Share) => Weights>;
}

/** A kernel and the rows it gets, each with the factor of its output, from assignment number `first` on. */
export interface FeedForwardGroup {
  readonly kernel: number;
  readonly first: number;
  readonly rows: ArrayLike<number>;
  readonly weights: ArrayLike<number>;
}

/** What a follower gets for `OPERATIONS.open`. */
export interface OpenMessage {
  readonly kernel: number;
  readonly kind: KernelKind;
  readonly version: string;
  readonly bits: StoredBits | undefined;
}

/** What a follower gets for `OPERATIONS.load`. */
export interface LoadMessage extends OpenMessage {
  /** By shard number. */
  readonly weights: ReadonlyMap<number, Weights>;
}
