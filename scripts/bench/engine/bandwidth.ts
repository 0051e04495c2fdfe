/**
 * Memory bandwidth: what decoding is measured against, since every token reads all active weights once.
 *
 * Each thread searches its own 256 MiB for a byte that is not there; the C library's search does nothing but read.
 * (A loop in JavaScript reaches a third of it.)
 */
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";

const BYTES_PER_THREAD = 256 << 20;
const ROUNDS = 5;

/** Bytes per second that `threads` threads read together: the best of some rounds. */
export async function readBandwidth(threads: number): Promise<number> {
  const gate = new Int32Array(new SharedArrayBuffer(4));
  const readers = Array.from({ length: threads }, () => {
    const worker = new Worker(new URL(import.meta.url), { workerData: { gate, threads } });
    return new Promise<number[]>((resolve, reject) => worker.once("message", resolve).once("error", reject));
  });
  const rounds = await Promise.all(readers);
  const sums = Array.from({ length: ROUNDS }, (_, i) => rounds.reduce((total, rates) => total + (rates[i] ?? 0), 0));
  return Math.max(...sums);
}

function measure(gate: Int32Array, threads: number): number[] {
  const bytes = Buffer.alloc(BYTES_PER_THREAD, 2);
  const rates: number[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    // All threads start a round together.
    Atomics.add(gate, 0, 1);
    while (Atomics.load(gate, 0) < round * threads);
    const start = performance.now();
    if (bytes.indexOf(1) !== -1) throw new Error("found a byte that is not there");
    rates.push(BYTES_PER_THREAD / ((performance.now() - start) / 1000));
  }
  return rates;
}

if (!isMainThread && workerData?.gate !== undefined) {
  parentPort?.postMessage(measure(workerData.gate as Int32Array, workerData.threads as number));
}
