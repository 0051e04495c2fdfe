/** The graph that decoding uses computes what the general one computes. */
import { join } from "node:path";
import { causalMask } from "../../../src/moe/engine/mask.ts";
import { type Feeds, floatData, floats, OrtSession } from "../../../src/moe/engine/ort.ts";
import { folderSlotSource } from "../../../src/moe/folderSource.ts";
import { attentionGraph, rowAttentionGraph } from "../../../src/moe/graph/attentionGraph.ts";
import { attentionShard, cacheDims } from "../../../src/moe/graph/attentionShard.ts";
import { CHECKPOINTS } from "./support.ts";

const CAPACITY = 24;
const LENGTH = 17;

const wave = (length: number, step: number): Float32Array =>
  Float32Array.from({ length }, (_, i) => Math.sin(i * step));

// Grouped heads, sinks, latent attention.
for (const name of ["qwen3moe", "gpt_oss", "deepseek_v3"]) {
  test(`${name}: attention of one row`, async () => {
    const source = await folderSlotSource(join(CHECKPOINTS, name));
    const { spec } = source;
    await source.close();
    const { attention } = spec;
    const shard = attentionShard(attention, 1, 2);
    if (shard === undefined) throw new Error("expected a second shard");
    const { heads, keyValueHeads } = shard;
    const group = heads / keyValueHeads;
    const dims = cacheDims(attention);
    const query = wave(heads * dims.key, 0.7);
    const shared: Feeds = {
      keys: floats(wave(keyValueHeads * CAPACITY * dims.key, 0.3), [keyValueHeads, CAPACITY, dims.key]),
      mask: floats(causalMask(LENGTH, 1, CAPACITY, undefined), [1, CAPACITY]),
    };
    if (dims.value > 0) {
      const values = wave(keyValueHeads * CAPACITY * dims.value, 0.9);
      shared.values = floats(values, [keyValueHeads, CAPACITY, dims.value]);
    }
    const withSinks = attention.kind === "heads" && attention.sinks;
    const sinks = (shape: readonly number[]): Feeds => (withSinks ? { sinks: floats(wave(heads, 0.5), shape) } : {});
    if (attention.kind === "latent") {
      const { keyValueRank, valueDim } = attention;
      shared.valueUp = floats(wave(heads * keyValueRank * valueDim, 0.2), [heads, keyValueRank, valueDim]);
    }
    const general = new OrtSession(attentionGraph(spec, shard));
    const single = new OrtSession(rowAttentionGraph(spec, shard));
    const wanted = general.run({
      ...shared,
      ...sinks([keyValueHeads, group, 1, 1]),
      query: floats(query, [1, heads * dims.key]),
    }).attended;
    const found = single.run({
      ...shared,
      ...sinks([keyValueHeads, group, 1]),
      query: floats(query, [keyValueHeads, group, dims.key]),
    }).attended;
    expect(found?.dims).toEqual(wanted?.dims);
    for (const [i, value] of floatData(found).entries()) expect(value).toBeCloseTo(floatData(wanted)[i] as number, 5);
    general.close();
    single.close();
  });
}
