/** Equality of typed arrays by their memory: jest's own comparison takes seconds for a few megabytes. */

export function expectSameBytes(found: ArrayBufferView | undefined, expected: ArrayBufferView): void {
  expect(found?.byteLength).toBe(expected.byteLength);
  expect(Buffer.compare(memory(found!), memory(expected))).toBe(0);
}

/** Two maps of typed arrays: the same keys, and the same memory under each. */
export function expectSameMaps(
  found: ReadonlyMap<string, ArrayBufferView>,
  expected: ReadonlyMap<string, ArrayBufferView>,
): void {
  expect([...found.keys()].sort()).toEqual([...expected.keys()].sort());
  for (const [key, values] of expected) expectSameBytes(found.get(key), values);
}

function memory({ buffer, byteOffset, byteLength }: ArrayBufferView): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
