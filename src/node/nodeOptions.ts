/** What a node is started with, and what the configuration gives of it. */
import { join } from "node:path";
import type { HttpServerOptions } from "../api/server.ts";
import type { Clock } from "../core/clock.ts";
import type { Config } from "../core/config/options.ts";
import type { Logger } from "../core/logger.ts";
import { cacheOptions } from "../moe/engine/cacheOptions.ts";
import type { EngineOptions } from "../moe/engine/engine.ts";
import type { PublishProgress } from "./publish/publishCheckpoint.ts";

/** What a start is busy with, after one another; nobody knows how long loading takes. */
export type StartProgress =
  | PublishProgress
  | { readonly stage: "loading"; readonly done: 0 | 1; readonly total: 1; readonly unit: "models" };

export interface NodeOptions {
  readonly config: Config;
  /** Of the program. */
  readonly version: string;
  readonly logger: Logger;
  readonly clock?: Clock;
  /** Ends a start that is under way. */
  readonly signal: AbortSignal;
  /** Default: `data/demo` of this program. */
  readonly demoFolder?: string;
  /** Default 256 MiB. */
  readonly minFreeBytes?: number;
  readonly onProgress?: (progress: StartProgress) => void;
  /** Somebody who may has asked the node to stop. */
  readonly onStopRequest?: () => void;
  /** Told of each part of the node before it is closed. */
  readonly onClosing?: (part: string) => void;
}

/** Shares that every matrix is cut into unless more threads are asked for: the engine's default. */
const USUAL_SHARDS = 2;

export function engineOptionsOf({ engine, chat, dataDir }: Config): Omit<EngineOptions, "source"> {
  const { precision, executionProvider, threads, expertBudget } = engine;
  return {
    precision,
    executionProvider,
    maxSequences: chat.concurrency,
    ...(expertBudget !== undefined && { expertBudgetBytes: expertBudget }),
    ...(threads !== undefined && { threads, shards: Math.max(USUAL_SHARDS, threads) }),
    ...cacheOptions(precision, join(dataDir, "cache", "prepared")),
  };
}

export function httpOptionsOf({ http }: Config): Omit<HttpServerOptions, "services" | "logger"> {
  const { host, port, frontend, insecure, allowedHosts, allowedOrigins, metricsPort } = http;
  const { requestsPerMinute, tokensPerMinute, streams } = http;
  return {
    host,
    port,
    frontendFolder: frontend,
    insecure,
    allowedHosts,
    allowedOrigins,
    ...(metricsPort !== undefined && { metricsPort }),
    rateLimits: {
      ...(requestsPerMinute !== undefined && { requestsPerMinute }),
      ...(tokensPerMinute !== undefined && { tokensPerMinute }),
      ...(streams !== undefined && { streams }),
    },
  };
}
