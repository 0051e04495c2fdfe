/** What the node says about its own state. */
import type { NodeHealth } from "../api/services/node.ts";
import { freeBytes } from "../chain/store/diskSpace.ts";
import type { NodeChatService } from "./chat/chatService.ts";
import type { Speed } from "./chat/speed.ts";
import type { ServedModels } from "./model/servedModels.ts";

export interface HealthOptions {
  readonly version: string;
  readonly startedMs: number;
  readonly network: string;
  readonly dataDir: string;
  readonly executionProviders: () => readonly string[];
  readonly models: ServedModels;
  readonly chat: NodeChatService;
  readonly speed: Speed;
  readonly isClosing: () => boolean;
}

export async function readHealth(options: HealthOptions): Promise<NodeHealth> {
  const { version, startedMs, network, dataDir, models, chat, speed } = options;
  const { problem } = models;
  const isClosing = options.isClosing();
  const pool = models.runner?.pool;
  const engine = pool?.main.engine.options;
  const isUp = pool !== undefined && pool.failure === undefined;
  const status = isClosing ? "closing" : !isUp ? "loading" : problem === "" ? "ready" : "degraded";
  return {
    status,
    reason: isClosing ? "the node is shutting down" : problem,
    version,
    startedMs,
    network,
    executionProviders: options.executionProviders(),
    executionProvider: engine?.executionProvider ?? null,
    precision: engine?.precision ?? null,
    engineRestarts: pool?.restarts ?? 0,
    freeDiskBytes: await freeBytes(dataDir).catch(() => null),
    cache: chat.lastCache,
    tokensPerSecond: speed.tokensPerSecond(),
    tokensGenerated: speed.tokensGenerated,
  };
}
