import fc from "fast-check";
import { MAX_EXPERTS_PER_LAYER, MAX_LAYERS, parseSlot, type Slot, slotName } from "../../src/core/slot.ts";

const layer = fc.nat(MAX_LAYERS - 1);
const slot: fc.Arbitrary<Slot> = fc.oneof(
  fc.record({ kind: fc.constantFrom("embedding" as const, "head" as const) }),
  fc.record({
    kind: fc.constantFrom("attention" as const, "router" as const, "shared" as const, "mlp" as const),
    layer,
  }),
  fc.record({ kind: fc.constant("expert" as const), layer, expert: fc.nat(MAX_EXPERTS_PER_LAYER - 1) }),
);

test("a slot has one name, and the name leads back to it", () => {
  fc.assert(
    fc.property(slot, (value) => {
      expect(parseSlot(slotName(value))).toEqual(value);
    }),
    { numRuns: 1000 },
  );
});

test("a name that parses is the name of its slot, for names near the grammar", () => {
  const piece = fc.constantFrom(
    "layer",
    "expert",
    "attention",
    "router",
    "shared",
    "mlp",
    "head",
    "embedding",
    ".",
    "0",
    "1",
    "17",
    "-",
    " ",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
      const name = pieces.join("");
      const parsed = parseSlot(name);
      if (parsed !== undefined) expect(slotName(parsed)).toBe(name);
    }),
    { numRuns: 5000 },
  );
});

test.each([
  "",
  "Head",
  "head ",
  " head",
  "head\n",
  "layer.attention",
  "layer00.attention",
  "layer01.router",
  "layer-1.mlp",
  "layer1.expert",
  "layer1.expert01",
  "layer1.expert1.5",
  "layer1024.router",
  "layer0.expert4096",
  "layer99999.mlp",
  "layer1.attention.x",
  "layer1/attention",
  "layer١.attention",
  "constructor",
  "__proto__",
])("%j is no slot", (name) => {
  expect(parseSlot(name)).toBeUndefined();
});

test.each<Slot>([
  { kind: "router", layer: MAX_LAYERS },
  { kind: "router", layer: -1 },
  { kind: "router", layer: 0.5 },
  { kind: "expert", layer: 0, expert: MAX_EXPERTS_PER_LAYER },
])("a slot out of range has no name: %j", (value) => {
  expect(() => slotName(value)).toThrow(expect.objectContaining({ code: "bad_slot" }));
});
