/** Our engine and llama.cpp on the same weights, A B A B. */
import { type BenchRow, compared } from "../report.ts";
import { activeBytes } from "./activeBytes.ts";
import { readBandwidth } from "./bandwidth.ts";
import { exportOf, largeGguf, PEER_TYPES } from "./checkpoints.ts";
import { type BenchSetup, MAX_POSITIONS, median, ourLoad, ourProcess, RandomIds } from "./setup.ts";
import { type LoadCommand, Subject } from "./subject.ts";

const PROMPTS = [32, 512];
const CONTEXTS = [32, 1024];

interface Side {
  readonly start: () => Subject;
  readonly load: LoadCommand;
}

interface Numbers {
  /** Seconds by prompt length, from an empty process to the first token. */
  readonly load: Map<number, number[]>;
  /** Tokens per second. */
  readonly prompt: Map<number, number[]>;
  readonly decode: Map<number, number[]>;
  readonly peakBytes: number[];
  readonly privateBytes: number[];
}

export async function benchPeer(setup: BenchSetup): Promise<BenchRow[]> {
  const ours: Side = { start: ourProcess, load: await ourLoad(setup) };
  const theirs = await peerSide(setup);
  const sides = theirs === undefined ? [ours] : [ours, theirs];
  const label = `${setup.shape.name} ${setup.precision}`;
  const rows: BenchRow[] = [];

  console.error(`engine: ${label}: first preparation …`);
  const cold = await loadOnce(ours, new RandomIds(setup.shape).take(32));
  rows.push({ name: `${label}: load to first token of 32, nothing prepared`, value: cold, unit: "s" });

  const numbers = sides.map(emptyNumbers);
  const bandwidths = [await readBandwidth(setup.threads)];
  const ids = new RandomIds(setup.shape);
  for (const length of [1, 32]) {
    for (let round = 0; round < setup.rounds; round++) {
      for (const [i, side] of sides.entries()) {
        numbers[i]?.load.set(length, [...(numbers[i]?.load.get(length) ?? []), await loadOnce(side, ids.take(length))]);
      }
    }
  }
  await measureSpeed(setup, sides, numbers, ids);
  bandwidths.push(await readBandwidth(setup.threads));
  rows.push(...rowsOf(setup, label, numbers, Math.max(...bandwidths)));
  return rows;
}

async function peerSide(setup: BenchSetup): Promise<Side | undefined> {
  const { folder, shape, large, precision, threads, peerMain } = setup;
  if (peerMain === undefined) return undefined;
  const model = large ? await largeGguf(folder, shape) : await exportOf(folder, shape, PEER_TYPES[precision]);
  return {
    start: () => new Subject(new URL("./peerSubject.ts", import.meta.url), [peerMain]),
    load: { command: "load", model, threads, maxPositions: MAX_POSITIONS },
  };
}

function emptyNumbers(): Numbers {
  return { load: new Map(), prompt: new Map(), decode: new Map(), peakBytes: [], privateBytes: [] };
}

/** Seconds from a process that has only loaded its code to its first token. */
async function loadOnce(side: Side, ids: readonly number[]): Promise<number> {
  const subject = side.start();
  try {
    await subject.memory();
    return (await subject.seconds(side.load)) + (await subject.seconds({ command: "prompt", ids }));
  } finally {
    await subject.close();
  }
}

async function measureSpeed(setup: BenchSetup, sides: Side[], numbers: Numbers[], ids: RandomIds): Promise<void> {
  const subjects = sides.map(({ start }) => start());
  try {
    for (const [i, { load }] of sides.entries()) {
      await subjects[i]?.send(load);
      await subjects[i]?.send({ command: "prompt", ids: ids.take(64) });
    }
    for (let round = 0; round < setup.rounds; round++) {
      console.error(`engine: ${setup.shape.name} ${setup.precision}: round ${round + 1} of ${setup.rounds} …`);
      for (const length of PROMPTS) {
        for (const [i, subject] of subjects.entries()) {
          const rate = length / (await subject.seconds({ command: "prompt", ids: ids.take(length) }));
          push(numbers[i]?.prompt, length, rate);
        }
      }
      const tokens = setup.large ? 24 : 64;
      for (const context of CONTEXTS) {
        for (const [i, subject] of subjects.entries()) {
          const rate = tokens / (await subject.seconds({ command: "decode", ids: ids.take(context), tokens }));
          push(numbers[i]?.decode, context, rate);
        }
      }
    }
    for (const [i, subject] of subjects.entries()) {
      const { peakBytes, privateBytes } = await subject.memory();
      numbers[i]?.peakBytes.push(peakBytes);
      numbers[i]?.privateBytes.push(privateBytes);
    }
  } finally {
    for (const subject of subjects) await subject.close();
  }
}

function push(to: Map<number, number[]> | undefined, key: number, value: number): void {
  to?.set(key, [...(to.get(key) ?? []), value]);
}

function rowsOf(setup: BenchSetup, label: string, numbers: readonly Numbers[], bandwidth: number): BenchRow[] {
  const [ours, theirs] = numbers;
  const rows: BenchRow[] = [];
  const add = (name: string, unit: string, aim: string | undefined, of: (side: Numbers) => number): void => {
    const row = { name: `${label}: ${name}`, value: of(ours as Numbers), unit, ...(aim && { aim }) };
    rows.push(theirs === undefined ? row : compared({ ...row, floor: { name: "llama.cpp", value: of(theirs) } }));
  };
  const middle = (of: (side: Numbers) => Map<number, number[]>, key: number) => (side: Numbers) =>
    median(of(side).get(key) as number[]);
  for (const length of PROMPTS) {
    add(
      `prompt of ${length}`,
      "tokens/s",
      ">= 0.7",
      middle((side) => side.prompt, length),
    );
  }
  for (const context of CONTEXTS) {
    add(
      `decode at ${context}`,
      "tokens/s",
      ">= 1",
      middle((side) => side.decode, context),
    );
    const bytes = activeBytes(setup.shape, setup.precision, context);
    rows.push(
      compared({
        name: `${label}: decode at ${context}, of what memory allows`,
        value: median(ours?.decode.get(context) as number[]),
        unit: "tokens/s",
        floor: {
          name: `${(bandwidth / 1e9).toFixed(1)} GB/s / ${(bytes / 1e6).toFixed(0)} MB`,
          value: bandwidth / bytes,
        },
        aim: ">= 0.6",
      }),
    );
  }
  for (const length of [1, 32]) {
    add(
      `load to first token of ${length}`,
      "s",
      "<= 0.5",
      middle((side) => side.load, length),
    );
  }
  add("peak memory with mapped files", "GB", undefined, (side) => median(side.peakBytes) / 1e9);
  add("private memory", "GB", undefined, (side) => median(side.privateBytes) / 1e9);
  return rows;
}
