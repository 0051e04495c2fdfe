/** Run as `node --expose-gc memoryProbe.ts FOLDER`: exports the checkpoint there and prints how resident memory grew. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { exportGguf } from "../../../src/moe/export/gguf/exportGguf.ts";
import { exportSafetensors } from "../../../src/moe/export/safetensors.ts";
import { openCheckpoint } from "../../../src/moe/formats/checkpoint.ts";
import { parseConfigText } from "../../../src/moe/model/parseConfig.ts";

declare const gc: () => void;

const [folder = ""] = process.argv.slice(2);
const config = parseConfigText(await readFile(join(folder, "config.json"), "utf8"));
gc();
const before = process.memoryUsage.rss();
let peak = before;
const source = await openCheckpoint(folder);
// Buffers are given back when the collector runs; here it does so at every read, so that only what is in use is counted.
const watched = {
  ...source,
  readRange: async (name: string, offset: number, length: number) => {
    gc();
    const bytes = await source.readRange(name, offset, length);
    peak = Math.max(peak, process.memoryUsage.rss());
    return bytes;
  },
};
await exportGguf(watched, config, undefined, join(folder, "m.gguf"), { type: "q4_0" });
await exportSafetensors(watched, join(folder, "copy"));
await source.close();
console.log(JSON.stringify({ grownBytes: peak - before }));
