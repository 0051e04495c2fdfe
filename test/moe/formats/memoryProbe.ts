/** Run as `node --expose-gc memoryProbe.ts FILE`: prints how resident memory grew while the file was opened and read. */
import { openCheckpoint } from "../../../src/moe/formats/checkpoint.ts";

declare const gc: () => void;

const [path = ""] = process.argv.slice(2);
gc();
const before = process.memoryUsage.rss();
const grown = () => process.memoryUsage.rss() - before;
const source = await openCheckpoint(path);
const openedBytes = grown();
let rangesBytes = 0;
for (const { name, byteLength } of source.tensors.values()) {
  await source.readRange(name, byteLength / 2, 4 * 1024 * 1024);
  gc();
  rangesBytes = Math.max(rangesBytes, grown());
}
let peakBytes = 0;
for (const name of [...source.tensors.keys()].slice(0, 6)) {
  await readAndTouch(name);
  // Give the buffer back before the next one is taken, as a caller that is done with a tensor does.
  await new Promise((resolve) => setImmediate(resolve));
  gc();
}
await source.close();
console.log(JSON.stringify({ openedBytes, rangesBytes, peakBytes }));

async function readAndTouch(name: string): Promise<void> {
  const bytes = await source.read(name);
  for (let at = 0; at < bytes.length; at += 4096) bytes[at] = 1;
  peakBytes = Math.max(peakBytes, grown());
}
