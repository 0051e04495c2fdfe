/** A check of a server by a client: what it is told about the server, and assertions that say what they are about. */
import { isDeepStrictEqual } from "node:util";

export interface Target {
  /** Ends in /v1. */
  readonly base: string;
  readonly model: string;
  /** The greedy answer of 12 tokens to the user's "hello". */
  readonly text: string;
}

export type Check = (target: Target) => Promise<void>;

export function equal(what: string, got: unknown, expected: unknown): void {
  if (!isDeepStrictEqual(got, expected)) {
    throw new Error(`${what}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(got)}`);
  }
}

export function truthy(what: string, got: boolean): void {
  if (!got) throw new Error(`${what}: expected it to hold`);
}
