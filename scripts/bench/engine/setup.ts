/** What all parts of the engine's benchmark have in common. */
import { join } from "node:path";
import type { SyntheticShape } from "../synthetic/shapes.ts";
import { folderOf, largeGguf } from "./checkpoints.ts";
import { type LoadCommand, Subject } from "./subject.ts";

export type PrecisionName = "f32" | "q8" | "q4";

export interface BenchSetup {
  readonly shape: SyntheticShape;
  readonly precision: PrecisionName;
  /** Exists as a Q4_0 GGUF file only. */
  readonly large: boolean;
  /** The main file of node-llama-cpp. */
  readonly peerMain: string | undefined;
  readonly folder: string;
  readonly threads: number;
  /** Each measurement is the median of so many, in which the engines take turns. */
  readonly rounds: number;
}

export const MAX_POSITIONS = 2048;

export function labelOf({ shape, precision }: BenchSetup): string {
  return `${shape.name} ${precision}`;
}

export function ourProcess(): Subject {
  return new Subject(new URL("./ourSubject.ts", import.meta.url), []);
}

export async function ourLoad(setup: BenchSetup): Promise<LoadCommand> {
  const { folder, shape, large, precision, threads } = setup;
  return {
    command: "load",
    model: large ? await largeGguf(folder, shape) : await folderOf(folder, shape),
    threads,
    maxPositions: MAX_POSITIONS,
    precision,
    cacheFolder: join(folder, "prepared"),
  };
}

/** Token ids that no two calls share, so that nothing can be taken from a cache. */
export class RandomIds {
  #state = 12345;
  readonly #vocabulary: number;

  constructor({ vocabulary }: SyntheticShape) {
    this.#vocabulary = vocabulary;
  }

  take(count: number): number[] {
    return Array.from({ length: count }, () => {
      this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0;
      // Not the special tokens and bytes at the start.
      return 300 + ((this.#state >>> 8) % (this.#vocabulary - 300));
    });
  }
}

/** Random tokens seldom choose some experts: after so many prompts nearly all are loaded, which is measured by itself. */
const WARM_UPS = 4;
const WARM_UP_TOKENS = 512;

export async function warmUp(subject: Subject, ids: RandomIds): Promise<void> {
  for (let done = 0; done < WARM_UPS; done++) {
    await subject.send({ command: "prompt", ids: ids.take(WARM_UP_TOKENS) });
  }
}

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] as number;
}
