/** What is said between the torture and the server's process. */
import type { HttpServerOptions } from "../../../../src/api/server.ts";
import type { Script } from "../../../../test/api/support/scriptedChat.ts";
import type { BareJob } from "../../../bench/http/bareChats.ts";

export interface ServerOptions {
  readonly http?: Partial<Pick<HttpServerOptions, "apiKeys" | "rateLimits" | "frontendFolder" | "allowedOrigins">>;
  /** Where the log goes, with its debug lines; without it there is none. */
  readonly logFile?: string;
  /** A checkpoint to run in place of scripted answers. */
  readonly model?: string;
}

export interface ServerRequest {
  readonly id: number;
  /** `baseline` collects garbage and forgets lag and peaks; `collected` collects before it answers. */
  readonly ask: "stats" | "collected" | "baseline" | "script" | "bare";
  readonly script?: ScriptName;
  /** Chats without HTTP, of a server with a model. */
  readonly bare?: BareJob;
}

/** Memory in bytes. */
export interface ServerStats {
  /** Answers that are being generated. */
  readonly running: number;
  readonly begun: number;
  readonly pieces: number;
  readonly aborted: number;
  readonly released: number;
  /** Nothing has been added to what all objects inherit. */
  readonly prototypeIsClean: boolean;
  readonly rss: number;
  /** Since the baseline. */
  readonly peakRss: number;
  readonly heapUsed: number;
  readonly external: number;
  readonly arrayBuffers: number;
  /** Of the event loop, since the baseline. */
  readonly lagP99Ms: number;
  readonly lagMaxMs: number;
  /** Processor time since the process began. */
  readonly cpuMs: number;
  /** Of that, the thread that answers requests. */
  readonly mainCpuMs: number;
}

/** What the scripted model says. */
export const SCRIPTS = {
  short: { pieces: ["Hel", "lo", " world"] },
  /** A token a millisecond, for ever. */
  endless: { pieces: undefined, pauseMs: 1 },
  /** As fast as the client reads, in pieces larger than any token's: the kernel takes megabytes for a client that reads nothing. */
  flood: {
    pieces: {
      *[Symbol.iterator]() {
        for (;;) yield "x".repeat(8_000);
      },
    },
  },
} as const satisfies Record<string, Script>;

export type ScriptName = keyof typeof SCRIPTS;
