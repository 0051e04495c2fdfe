import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { memorySource } from "../../../src/moe/formats/byteSource.ts";
import { blockSize, elementCount } from "../../../src/moe/formats/dtype.ts";
import { readSafetensorsHeader } from "../../../src/moe/formats/safetensors/header.ts";
import { openSafetensors, safetensorsFromBytes } from "../../../src/moe/formats/safetensors/reader.ts";
import { encodeSafetensors, layoutSafetensors } from "../../../src/moe/formats/safetensors/writer.ts";
import type { Dtype } from "../../../src/moe/tensor.ts";
import { expectCode } from "./expectCode.ts";
import { CHECKPOINTS } from "./fixtures.ts";
import { entry, rawSafetensors } from "./safetensorsBytes.ts";
import { expectSameBytes } from "./sameBytes.ts";
import { withFolder } from "./temporaryFolder.ts";

const DTYPES: Dtype[] = [
  "F64",
  "F32",
  "F16",
  "BF16",
  "F8_E4M3",
  "F8_E5M2",
  "I64",
  "I32",
  "I16",
  "I8",
  "U64",
  "U32",
  "U16",
  "U8",
  "BOOL",
];

const RESERVED = ["__metadata__", "__proto__", "constructor", "prototype"];

const tensors = fc.uniqueArray(
  fc
    .record({
      name: fc.string({ minLength: 1, maxLength: 20, unit: "grapheme" }),
      dtype: fc.constantFrom(...DTYPES),
      shape: fc.array(fc.nat(4), { maxLength: 4 }),
    })
    .filter(({ name }) => !/\p{Cc}/u.test(name) && name.isWellFormed() && !RESERVED.includes(name)),
  { selector: ({ name }) => name, maxLength: 12 },
);

test("what is written is read back: names, types, shapes, metadata and bytes", async () => {
  await fc.assert(
    fc.asyncProperty(
      tensors,
      fc.dictionary(fc.string(), fc.string(), { maxKeys: 4, noNullPrototype: true }),
      async (list, extra) => {
        const metadata = new Map(
          Object.entries(extra).filter(([k, v]) => k !== "__proto__" && k.isWellFormed() && v.isWellFormed()),
        );
        const full = list.map((tensor, i) => {
          const byteLength = elementCount(tensor.shape) * blockSize(tensor.dtype).bytes;
          return { ...tensor, bytes: new Uint8Array(byteLength).fill(i + 1) };
        });
        const file = encodeSafetensors(full, metadata);
        const header = await readSafetensorsHeader(memorySource(file));
        expect(header.metadata).toEqual(metadata);
        const source = await safetensorsFromBytes(file);
        expect([...source.tensors.keys()]).toEqual(list.map(({ name }) => name));
        for (const { name, dtype, shape, bytes } of full) {
          expect(source.tensors.get(name)).toMatchObject({ dtype, shape, byteLength: bytes.length });
          expect(await source.read(name)).toEqual(bytes);
        }
      },
    ),
    { numRuns: 300 },
  );
});

test("the same tensors give the same bytes, and data starts at a multiple of 64", () => {
  const list = [{ name: "w", dtype: "F32" as const, shape: [3] }];
  const { header, fileBytes } = layoutSafetensors(list);
  expect(header.length % 64).toBe(0);
  expect(fileBytes).toBe(header.length + 12);
  expect(layoutSafetensors(list).header).toEqual(header);
});

test("files of the reference library read and write to the same tensors", async () => {
  await withFolder(async (folder) => {
    const source = await openSafetensors(join(CHECKPOINTS, "mixtral/model.safetensors"));
    const all = [];
    for (const info of source.tensors.values()) all.push({ ...info, bytes: await source.read(info.name) });
    await writeFile(join(folder, "copy"), encodeSafetensors(all));
    const copy = await openSafetensors(join(folder, "copy"));
    for (const { name, dtype, shape, bytes } of all) {
      expect(copy.tensors.get(name)).toMatchObject({ dtype, shape });
      expectSameBytes(await copy.read(name), bytes);
    }
    await Promise.all([source.close(), copy.close()]);
  });
});

test("a range of a tensor is exactly that part of it", async () => {
  const bytes = Uint8Array.from({ length: 24 }, (_, i) => i);
  const source = await safetensorsFromBytes(
    encodeSafetensors([
      { name: "first", dtype: "U8", shape: [3], bytes: new Uint8Array(3) },
      { name: "w", dtype: "F32", shape: [6], bytes },
    ]),
  );
  expect(await source.readRange("w", 4, 8)).toEqual(bytes.subarray(4, 12));
  expect(await source.readRange("w", 24, 0)).toEqual(new Uint8Array(0));
  for (const [offset, length] of [
    [0, 25],
    [-1, 2],
    [24, 1],
    [1.5, 1],
  ] as const) {
    await expectCode(() => source.readRange("w", offset, length), "read_out_of_range");
  }
  await expectCode(() => source.read("absent"), "tensor_missing");
  await expectCode(() => source.readRange("constructor", 0, 0), "tensor_missing");
});

test("a header may stand in any order of keys, with white space, padding and empty tensors", async () => {
  const header = `{ "b" : {"data_offsets":[ 4 , 4 ],"shape":[0,3],"dtype":"F32"},\n"a":${entry('"U8"', "[4]", "[0,4]")},"__metadata__":{"k":"v"}}   `;
  const source = await safetensorsFromBytes(rawSafetensors(header, 4));
  expect([...source.tensors.keys()]).toEqual(["b", "a"]);
  expect(source.tensors.get("b")).toMatchObject({ byteLength: 0, shape: [0, 3] });
});

test("the writer refuses what its reader would refuse", async () => {
  const bytes = new Uint8Array(4);
  const w = { name: "w", dtype: "F32" as const, shape: [1], bytes };
  await expectCode(() => encodeSafetensors([w, w]), "tensor_duplicate");
  await expectCode(() => encodeSafetensors([{ ...w, name: "__metadata__" }]), "tensor_duplicate");
  await expectCode(() => encodeSafetensors([{ ...w, shape: [2] }]), "tensor_size_mismatch");
  await expectCode(() => encodeSafetensors([{ ...w, name: "x".repeat(513) }]), "tensor_name_invalid");
  await expectCode(() => encodeSafetensors([{ ...w, dtype: "Q8_0", shape: [32] }]), "dtype_unsupported");
  await expectCode(() => encodeSafetensors([{ ...w, shape: new Array(9).fill(1) }]), "tensor_shape_invalid");
});

test("only the header is read when a file is opened", async () => {
  const path = join(CHECKPOINTS, "mixtral/model.safetensors");
  const bytes = new Uint8Array(await readFile(path));
  const inner = memorySource(bytes);
  let read = 0;
  const counting = {
    ...inner,
    read: (offset: number, length: number) => {
      read += length;
      return inner.read(offset, length);
    },
  };
  await readSafetensorsHeader(counting);
  expect(read).toBe(8 + Number(new DataView(bytes.buffer).getBigUint64(0, true)));
});
