/** The readers under test, each with small honest files to start from. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { crc32 } from "node:zlib";
import { memorySource } from "../../../src/moe/formats/byteSource.ts";
import { readWeights } from "../../../src/moe/formats/checkpoint.ts";
import { readHdf5Model } from "../../../src/moe/formats/hdf5/model.ts";
import { readOnnxModel } from "../../../src/moe/formats/onnx/model.ts";
import { readPickle } from "../../../src/moe/formats/pickle/machine.ts";
import { scanPickle } from "../../../src/moe/formats/pickle/scan.ts";
import { safetensorsFromBytes } from "../../../src/moe/formats/safetensors/reader.ts";
import { encodeSafetensors } from "../../../src/moe/formats/safetensors/writer.ts";
import { parseShardIndex } from "../../../src/moe/formats/shardIndex.ts";
import { findStateDict } from "../../../src/moe/formats/torch/stateDict.ts";
import type { TensorSource } from "../../../src/moe/tensor.ts";
import type { FuzzTarget } from "./fuzz.ts";

const FIXTURES = new URL("../../../test/fixtures/formats/", import.meta.url);
const file = (name: string): Uint8Array => new Uint8Array(readFileSync(fileURLToPath(new URL(name, FIXTURES))));
const MAX_READ_BYTES = 1 << 20;

/** Reads every tensor that is not large: data must be as well guarded as headers. */
async function readAll(source: TensorSource): Promise<void> {
  for (const { name, byteLength } of source.tensors.values()) if (byteLength <= MAX_READ_BYTES) await source.read(name);
}

const TENSORS = encodeSafetensors(
  [
    { name: "a.weight", dtype: "F32", shape: [2, 3], bytes: new Uint8Array(24) },
    { name: "b.bias", dtype: "BF16", shape: [4], bytes: new Uint8Array(8) },
    { name: "empty", dtype: "I64", shape: [0], bytes: new Uint8Array(0) },
  ],
  new Map([["format", "pt"]]),
);

const INDEX = new TextEncoder().encode(
  '{"metadata":{"total_size":16,"x":[1,{"y":null}]},"weight_map":{"a":"m-1.safetensors","b":"m-2.safetensors"}}',
);

/** `data.pkl` of a PyTorch file: stored, so its bytes are in the archive. */
function pickleOf(name: string): Uint8Array {
  const bytes = Buffer.from(file(name));
  const start =
    bytes.indexOf(Buffer.from([0x80, 2])) >= 0 ? bytes.indexOf(Buffer.from([0x80, 2])) : bytes.indexOf(0x80);
  return new Uint8Array(bytes.subarray(start, bytes.indexOf("PK", start)));
}

/** Archives whose checksums are put right after the mutation would otherwise all end at the first check. */
function fixPickleChecksum(bytes: Uint8Array): Uint8Array {
  const archive = Buffer.from(bytes);
  const local = archive.indexOf("data.pkl");
  const central = archive.lastIndexOf("data.pkl");
  const directory = archive.lastIndexOf("PK\u0001\u0002", central, "latin1");
  if (local < 30 || directory < 0 || directory + 46 > archive.length) return bytes;
  const size = archive.readUInt32LE(directory + 24);
  const start = archive.indexOf(0x80, local);
  if (start < 0 || start + size > archive.length) return bytes;
  const sum = crc32(archive.subarray(start, start + size));
  archive.writeUInt32LE(sum, directory + 16);
  const descriptor = start + size;
  if (descriptor + 8 <= archive.length && archive.toString("latin1", descriptor, descriptor + 2) === "PK") {
    archive.writeUInt32LE(sum, descriptor + 4);
  }
  return new Uint8Array(archive);
}

export const TARGETS: readonly FuzzTarget[] = [
  {
    name: "safetensors",
    corpus: [TENSORS, encodeSafetensors([{ name: "w", dtype: "U8", shape: [1], bytes: new Uint8Array(1) }])],
    read: async (bytes) => readAll(await safetensorsFromBytes(bytes)),
  },
  {
    name: "index",
    corpus: [INDEX],
    read: async (bytes) => {
      parseShardIndex(bytes, "model.safetensors.index.json");
    },
  },
  {
    name: "gguf",
    corpus: [file("gguf/reference.gguf")],
    read: async (bytes) => readAll(await readWeights(memorySource(bytes, "model.gguf"), "/nonexistent")),
  },
  {
    name: "torch",
    corpus: [file("torch/tied.pt"), file("torch/strided.pt"), file("torch/wrapped.pt")],
    read: async (bytes) =>
      readAll(await readWeights(memorySource(fixPickleChecksum(bytes), "model.pt"), "/nonexistent")),
  },
  {
    name: "pickle",
    corpus: ["tied.pt", "wrapped.pt", "strided.pt", "parameters.pt"].map((name) => pickleOf(`torch/${name}`)),
    read: async (bytes) => {
      scanPickle(bytes);
      findStateDict(readPickle(bytes));
    },
  },
  {
    name: "onnx",
    corpus: [file("onnx/linear.onnx"), file("onnx/conv.onnx"), file("onnx/external.onnx")],
    read: async (bytes) => {
      await readOnnxModel(memorySource(bytes));
    },
  },
  {
    name: "hdf5",
    corpus: [file("hdf5/keras.h5"), file("hdf5/keras-latest.h5")],
    read: async (bytes) => {
      await readHdf5Model(memorySource(bytes));
    },
  },
];
