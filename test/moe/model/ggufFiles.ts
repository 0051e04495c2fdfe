/** GGUF files as others write them, made from this project's own exports: other names, other keys, other arrangements. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openCheckpoint } from "../../../src/moe/formats/checkpoint.ts";
import type { Checkpoint } from "../../../src/moe/formats/checkpointSource.ts";
import { fromFloat32, readFloat32 } from "../../../src/moe/formats/float32.ts";
import type { GgufValue } from "../../../src/moe/formats/gguf/values.ts";
import { layoutGguf } from "../../../src/moe/formats/gguf/writer.ts";
import { arrangePart } from "../../../src/moe/model/arrange.ts";
import { ggufConfig } from "../../../src/moe/model/ggufConfig.ts";
import { parseConfig } from "../../../src/moe/model/parseConfig.ts";
import { checkpointTable } from "../../../src/moe/model/slotTable.ts";
import type { ModelSpec } from "../../../src/moe/model/spec.ts";
import { exportFixture } from "../export/ggufExport.ts";

export interface Weights {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** What an edit may change: keys of the metadata, and tensors in float32. */
export interface GgufContents {
  readonly metadata: Map<string, GgufValue>;
  readonly tensors: Map<string, Weights>;
}

export const u32 = (value: number): GgufValue => ({ type: "u32", value });
export const f32 = (value: number): GgufValue => ({ type: "f32", value });

/** The export of a fixture in float32, changed by `edit`, as a file in `folder`. */
export async function editedExport(name: string, folder: string, edit: (file: GgufContents) => void): Promise<string> {
  const original = join(folder, `${name}.gguf`);
  await exportFixture(name, original, { type: "f32", allowDifferences: true, overwrite: true });
  const source = await openCheckpoint(original);
  const tensors = new Map<string, Weights>();
  for (const [tensor, { shape }] of source.tensors)
    tensors.set(tensor, { shape, values: await readFloat32(source, tensor) });
  const file = { metadata: new Map(source.gguf!.entries), tensors };
  await source.close();
  edit(file);
  const path = join(folder, `${name}-edited.gguf`);
  await writeFile(path, encode(file));
  return path;
}

function encode({ metadata, tensors }: GgufContents): Uint8Array {
  const declared = [...tensors].map(([name, { shape }]) => ({ name, shape, dtype: "F32" as const }));
  const { header, paddings, fileBytes } = layoutGguf(metadata, declared);
  const file = new Uint8Array(fileBytes);
  file.set(header);
  let at = header.length;
  for (const [i, { values }] of [...tensors.values()].entries()) {
    file.set(fromFloat32(values, "F32"), at);
    at += values.byteLength + paddings[i]!;
  }
  return file;
}

/** The model that a file describes. */
export async function specOf(path: string): Promise<ModelSpec> {
  return withSource(path, async (source) => parseConfig(await ggufConfig(source.gguf!, source)));
}

/** Every part of the model that a file describes, in float32, by slot and name: what the engine would compute with. */
export async function partsOf(path: string): Promise<Map<string, Float32Array>> {
  return withSource(path, async (source) => allParts(parseConfig(await ggufConfig(source.gguf!, source)), source));
}

/** The same of an open checkpoint. */
export async function allParts(spec: ModelSpec, source: Checkpoint): Promise<Map<string, Float32Array>> {
  const table = checkpointTable(spec, source.tensors);
  const parts = new Map<string, Float32Array>();
  for (const [slot, stored] of table.slots) {
    for (const part of stored) {
      const bytes = [];
      for (const { name } of part.tensors) {
        const range = table.ranges.get(name)!;
        bytes.push(await source.readRange(range.name, range.byteOffset, range.byteLength));
      }
      parts.set(`${slot} ${part.part.name}`, arrangePart(spec, part, bytes));
    }
  }
  return parts;
}

export async function withSource<T>(path: string, use: (source: Checkpoint) => Promise<T>): Promise<T> {
  const source = await openCheckpoint(path);
  try {
    return await use(source);
  } finally {
    await source.close();
  }
}
