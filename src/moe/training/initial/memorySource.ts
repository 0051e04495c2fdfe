/** A model whose tensors are in memory, as a slot source. */
import { modelError } from "../../model/errors.ts";
import { type ModelConfig, parseConfig } from "../../model/parseConfig.ts";
import { checkpointTable } from "../../model/slotTable.ts";
import { requireSlot, type SlotSource } from "../../slotSource.ts";
import type { TensorInfo } from "../../tensor.ts";

export interface MemoryTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/**
 * @param id names the state
 * @param tensors by their name in a checkpoint; they are read, never copied
 * Throws as `parseConfig` and `checkpointTable` do.
 */
export function memorySource(config: ModelConfig, id: string, tensors: ReadonlyMap<string, MemoryTensor>): SlotSource {
  const spec = parseConfig(config);
  const infos = new Map(
    [...tensors].map(([name, { shape, values }]): [string, TensorInfo] => [
      name,
      { name, dtype: "F32", shape, byteLength: values.byteLength },
    ]),
  );
  const table = checkpointTable(spec, infos);
  const source: SlotSource = {
    id,
    config,
    spec,
    slots: new Map([...table.slots].map(([slot, parts]) => [slot, { version: `${id}-${slot}`, parts }])),
    read: async (slot, name) => {
      requireSlot(source, slot);
      const range = table.ranges.get(name);
      const tensor = range && tensors.get(range.name);
      if (range === undefined || tensor === undefined) {
        throw modelError("tensor_missing", `slot ${slot}: it has no tensor ${name}`, { slot, tensor: name });
      }
      const { buffer, byteOffset } = tensor.values;
      return new Uint8Array(buffer, byteOffset + range.byteOffset, range.byteLength).slice();
    },
    close: async () => {},
  };
  return source;
}
