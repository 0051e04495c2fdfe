/** The loops for one, two and more shards give the bits of the formula. */
import { addRow, addScaled, addSummands } from "../../../src/moe/engine/summing.ts";

const COUNT = 40;
const values = (seed: number): Float32Array =>
  Float32Array.from({ length: COUNT + 8 }, (_, i) => Math.sin(seed * 100 + i) * 10 ** (i % 5));

test.each([1, 2, 3, 5])("%i shards are added in their order, in double precision", (shards) => {
  const summands = Array.from({ length: shards }, (_, shard) => values(shard + 1));
  const to = values(9);
  addSummands(to, summands, COUNT, 0.3);
  for (let i = 0; i < COUNT; i++) {
    const sum = summands.reduce((total, summand) => total + (summand[i] as number), 0);
    expect(to[i]).toBe(Math.fround((values(9)[i] as number) + 0.3 * sum));
  }
  expect(to.subarray(COUNT)).toEqual(values(9).subarray(COUNT));
});

test.each([1, 2, 3, 5])("an output of %i shards is rounded to float32 before it is weighted", (shards) => {
  const outputs = Array.from({ length: shards }, (_, shard) => values(shard + 1));
  const to = values(9);
  addRow(to, 3, outputs, 5, COUNT, 0.7);
  for (let i = 0; i < COUNT; i++) {
    const sum = Math.fround(outputs.reduce((total, output) => total + (output[5 + i] as number), 0));
    expect(to[3 + i]).toBe(Math.fround((values(9)[3 + i] as number) + 0.7 * sum));
  }
});

test("a scaled sum adds so many values from one place to another and touches no others", () => {
  const to = values(1);
  addScaled(to, 3, Float32Array.of(9, 1, 2, 9), 1, 2, 0.5);
  expect([...to.subarray(3, 5)]).toEqual([Math.fround(values(1)[3]! + 0.5), Math.fround(values(1)[4]! + 1)]);
  expect(to.subarray(0, 3)).toEqual(values(1).subarray(0, 3));
  expect(to.subarray(5)).toEqual(values(1).subarray(5));
});
