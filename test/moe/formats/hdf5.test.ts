import { readFileSync } from "node:fs";
import { join } from "node:path";
import { memorySource } from "../../../src/moe/formats/byteSource.ts";
import { readHdf5Model } from "../../../src/moe/formats/hdf5/model.ts";
import { expectCode, failureOf } from "./expectCode.ts";
import { FORMATS } from "./fixtures.ts";

const file = (name: string) => new Uint8Array(readFileSync(join(FORMATS, "hdf5", name)));

test.each(["keras.h5", "keras-variable-strings.h5", "keras-latest.h5"])(
  "%s: datasets with shapes, attributes of the root",
  async (name) => {
    const model = await readHdf5Model(memorySource(file(name)));
    expect(model.complete).toBe(true);
    expect(model.attributes.get("keras_version")).toBe("2.15.0");
    expect(JSON.parse(model.attributes.get("model_config")!)).toMatchObject({ class_name: "Sequential" });
    const shapes = new Map(model.datasets.map(({ path, shape }) => [path, shape]));
    expect(shapes.get("/model_weights/conv2d/conv2d/kernel:0")).toEqual([3, 3, 1, 4]);
    expect(shapes.get("/model_weights/dense/dense/bias:0")).toEqual([10]);
    expect(model.datasets.find(({ path }) => path.endsWith("/iter"))).toMatchObject({
      floating: false,
      elementBytes: 8,
      shape: [],
    });
  },
);

test("groups of many members are found through their trees", async () => {
  const { datasets } = await readHdf5Model(memorySource(file("many.h5")));
  expect(datasets.length).toBe(120);
  expect(new Set(datasets.map(({ shape }) => shape.join("x")))).toEqual(new Set(["2x3"]));
});

test("every file that is cut off is read or refused with a code, and nothing but HDF5 is taken for it", async () => {
  const whole = file("keras.h5");
  for (let length = 0; length < whole.length; length += 97) {
    expect(typeof (await failureOf(() => readHdf5Model(memorySource(whole.slice(0, length)))))).toBe("string");
  }
  await expectCode(() => readHdf5Model(memorySource(new Uint8Array(64))), "format_unknown");
});

test("addresses that lead in circles end", async () => {
  const bytes = file("keras.h5");
  const view = new DataView(bytes.buffer);
  const root = Number(view.getBigUint64(64, true));
  // Every address in the file becomes the root's: all groups are the root, all trees and heaps are no such thing.
  for (let at = 96; at + 8 <= bytes.length; at += 8) {
    const value = view.getBigUint64(at, true);
    if (value > 96n && value < BigInt(bytes.length)) view.setBigUint64(at, BigInt(root), true);
  }
  expect(typeof (await failureOf(() => readHdf5Model(memorySource(bytes))))).toBe("string");
});
