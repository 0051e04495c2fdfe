/** What the HTTP API needs from the node: the only thing that it sees of the rest of the program. */
import type { ChainService } from "./chain.ts";
import type { CacheCounters, ChatService } from "./chat.ts";
import type { ExpertService } from "./experts.ts";
import type { ModelService } from "./models.ts";
import type { NetworkService } from "./network.ts";
import type { UploadService } from "./uploads.ts";

export interface NodeHealth {
  readonly status: "loading" | "ready" | "closing" | "degraded";
  /** One sentence: why it is not `ready`; empty otherwise. */
  readonly reason: string;
  readonly version: string;
  readonly startedMs: number;
  readonly network: string;
  /** What works on this machine, tried; `cpu` alone until that is done. */
  readonly executionProviders: readonly string[];
  readonly executionProvider: string | null;
  readonly precision: string | null;
  readonly freeDiskBytes: number | null;
  readonly cache: CacheCounters | null;
  /** Mean tokens/s over the last minute of answers; `null` without any. */
  readonly tokensPerSecond: number | null;
  readonly tokensGenerated: number;
  /** How often the engine failed and it was tried to start it again. */
  readonly engineRestarts: number;
}

export interface NodeServices {
  readonly models: ModelService;
  readonly chat: ChatService;
  readonly chain: ChainService;
  readonly experts: ExpertService;
  readonly uploads: UploadService;
  readonly network: NetworkService;
  health(): Promise<NodeHealth>;
}
