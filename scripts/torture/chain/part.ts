/** One part of `npm run torture -- chain`: an attack on the chain or an accident, as often as it is told. */

export interface PartResult {
  /** What was measured, in words. */
  readonly figures: string;
  /** Broken promises, in sentences; none when all is well. */
  readonly problems: readonly string[];
}

export interface Part {
  readonly name: string;
  /** What `cycles` counts. */
  readonly unit: string;
  /** How often, unless one says otherwise. */
  readonly cycles: number;
  run(cycles: number, seed: number): Promise<PartResult>;
}

/** A sentence for each promise that does not hold. */
export function broken(promises: Readonly<Record<string, boolean>>): string[] {
  return Object.entries(promises).flatMap(([promise, holds]) => (holds ? [] : [`broken: ${promise}`]));
}

/** The value at `share` (0 to 1) of `ascending`. */
export function quantile(ascending: readonly number[], share: number): number {
  return ascending[Math.min(ascending.length - 1, Math.floor(ascending.length * share))] ?? Number.NaN;
}
