/**
 * Whether two classes of texts take different times, after Reparaz, Balasch, Verbauwhede: "Dude, is my code constant
 * time?" (2017): probes of both classes in random order, the slowest left out (interruptions, not the code), |t| above 4.5
 * says that the times differ.
 *
 * Probes of one text are not independent: its characters and its place in memory take their own time, whichever class it
 * belongs to. So probes come in blocks, each with texts of its own, and t is that of the blocks' differences (Welch's test
 * of paired samples): what only some texts take is noise between blocks, what a class takes stays.
 */
import type { Random } from "../../support/random.ts";

/** Part of the probes that is kept, from the fastest. */
const KEPT = 0.9;
const BLOCKS = 25;
/** Texts of each class in a block. */
const POOL = 128;

export interface Probes {
  /** What is timed. */
  readonly probe: (text: string) => void;
  /** Two makers of texts for each block. */
  readonly classes: (block: number) => readonly [a: () => string, b: () => string];
  readonly count: number;
  readonly random: Random;
}

/** t of `count` probes, half of each class on average; positive when `a` is slower. */
export function welchT({ probe, classes, count, random }: Probes): number {
  const differences: number[] = [];
  const perBlock = Math.floor(count / BLOCKS);
  // The first block compiles what the others use.
  for (let block = -1; block < BLOCKS; block++) {
    const difference = differenceOf(probe, textsOf(classes(Math.max(0, block))), perBlock, random);
    if (block >= 0) differences.push(difference);
  }
  const mean = meanOf(differences);
  const variance = meanOf(differences.map((each) => (each - mean) ** 2)) * (BLOCKS / (BLOCKS - 1));
  return mean / Math.sqrt(variance / BLOCKS);
}

/**
 * In turns: texts made one after the other lie side by side. Flat, as they come from a socket: a text put together from
 * parts is copied when it is first read, which takes its time.
 */
function textsOf([a, b]: readonly [() => string, () => string]): string[] {
  return Array.from({ length: 2 * POOL }, (_, i) => Buffer.from(i % 2 === 0 ? a() : b(), "latin1").toString("latin1"));
}

/** Mean time of the texts at even places less that of the others, ms. */
function differenceOf(probe: (text: string) => void, texts: readonly string[], count: number, random: Random): number {
  const times = new Float64Array(count);
  const isOdd = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const at = Math.floor(random.next() * texts.length);
    const text = texts[at] as string;
    const from = performance.now();
    probe(text);
    times[i] = performance.now() - from;
    isOdd[i] = at % 2;
  }
  const limit = times.toSorted()[Math.floor(count * KEPT)]!;
  const means = [0, 1].map((odd) => meanOf([...times].filter((time, i) => isOdd[i] === odd && time <= limit)));
  return means[0]! - means[1]!;
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
