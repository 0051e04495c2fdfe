/**
 * Row 29 of the attacks: manifests that announce far more than they hold. Each must be refused by its static limits,
 * before anything is allocated for what it announces.
 */

import { utf8 } from "../../../src/core/bytes.ts";
import { encodeCanonical, type WireValue } from "../../../src/core/codec.ts";
import { hashOf, SampleModel } from "../../support/sampleModel.ts";

export interface Bomb {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const { manifest } = new SampleModel();

/** The fields of a good manifest, as they go over the wire. */
function goodFields(): WireValue[] {
  const slots = [...manifest.slots.values()].map(
    ({ name, tensors }): WireValue => [
      name,
      tensors.map((tensor): WireValue => [tensor.name, tensor.dtype, tensor.shape, tensor.byteLength]),
    ],
  );
  return [
    1,
    "bomb",
    manifest.publisher,
    [["config.json", utf8("{}")]],
    slots,
    [hashOf("evaluation"), 1000],
    manifest.validators,
    2,
    0.01,
  ];
}

const FIELD = { files: 3, slots: 4, evaluation: 5, validators: 6, quorum: 7, smallestImprovement: 8 } as const;

function withField(field: keyof typeof FIELD, value: WireValue): Uint8Array {
  const fields = goodFields();
  fields[FIELD[field]] = value;
  return encodeCanonical(fields);
}

function withConfig(config: unknown): Uint8Array {
  const text = typeof config === "string" ? config : JSON.stringify(config);
  return withField("files", [["config.json", utf8(text)]]);
}

const slotWith = (...tensors: WireValue[]): WireValue => [["layer0.expert0", tensors]];
const tensorOf = (shape: WireValue, byteLength: WireValue = 64): WireValue => ["weight", "F32", shape, byteLength];

const CONFIG_KEYS = [
  "num_hidden_layers",
  "num_local_experts",
  "num_experts",
  "n_routed_experts",
  "n_shared_experts",
  "num_experts_per_tok",
  "hidden_size",
  "intermediate_size",
  "moe_intermediate_size",
  "num_attention_heads",
  "num_key_value_heads",
  "head_dim",
  "vocab_size",
  "max_position_embeddings",
];
const CONFIG_VALUES = [2 ** 31, 2 ** 40, -1, 1.5];

/** A good manifest, cut off where a length of our own choosing follows. */
function lyingLength(tag: number, length: readonly number[]): Uint8Array {
  const good = encodeCanonical(goodFields());
  return Uint8Array.from([...good.subarray(0, 6), tag, ...length, ...good.subarray(6, 200)]);
}

/** At least a hundred. */
export function manifestBombs(): Bomb[] {
  const bombs: Bomb[] = [];
  const add = (name: string, bytes: Uint8Array) => bombs.push({ name, bytes });
  for (const key of CONFIG_KEYS) {
    for (const value of CONFIG_VALUES) add(`${key}: ${value}`, withConfig({ [key]: value }));
  }
  add("a width that is a text", withConfig({ hidden_size: "4096" }));
  add("a width that is a list", withConfig({ hidden_size: [4096] }));
  add("a width beyond any number", withConfig('{"hidden_size":1e999}'));
  add("a config that is a list", withConfig([]));
  add("a config that is null", withConfig("null"));
  add("a config nested 100,000 deep", withConfig(`${"[".repeat(100_000)}`));
  add("a config that is no JSON", withConfig('{"hidden_size": 0x10}'));
  add("a config that is no UTF-8", withField("files", [["config.json", Uint8Array.of(0x7b, 0xff, 0x7d)]]));
  add("no config", withField("files", [["tokenizer.json", utf8("{}")]]));
  add("no files", withField("files", []));
  add(
    "33 files",
    withField(
      "files",
      Array.from({ length: 33 }, (_, i): WireValue => [`f${100 + i}`, utf8("")]),
    ),
  );
  for (const name of ["../config.json", "/etc/passwd", "a/b", "..", "", ".hidden", "con\0fig", "a".repeat(65), "é"]) {
    add(
      `a file named ${JSON.stringify(name)}`,
      withField("files", [
        [name, utf8("{}")],
        ["config.json", utf8("{}")],
      ]),
    );
  }
  for (const size of [2 ** 33, 2 ** 53 - 1, -1, 0.5])
    add(`a dimension of ${size}`, withField("slots", slotWith(tensorOf([size]))));
  for (const bytes of [2 ** 34 + 1, 2 ** 53 - 1, -1])
    add(`a tensor of ${bytes} bytes`, withField("slots", slotWith(tensorOf([4], bytes))));
  add("nine dimensions", withField("slots", slotWith(tensorOf([1, 1, 1, 1, 1, 1, 1, 1, 1]))));
  const large: WireValue[] = Array.from({ length: 5 }, (_, i): WireValue => [`w${i}`, "F32", [4], 2 ** 32]);
  add("tensors of more bytes together than a payload may have", withField("slots", slotWith(...large)));
  add("two tensors of one name", withField("slots", slotWith(tensorOf([4]), tensorOf([4]))));
  add("a slot without tensors", withField("slots", slotWith()));
  add("no slots", withField("slots", []));
  add(
    "two slots of one name",
    withField("slots", [
      ["head", [tensorOf([4])]],
      ["head", [tensorOf([4])]],
    ]),
  );
  for (const name of [
    "layer1024.mlp",
    "layer0.expert4096",
    "layer4294967296.mlp",
    "expert0",
    "layer0.expert00",
    "head ",
  ]) {
    add(`a slot named ${JSON.stringify(name)}`, withField("slots", [[name, [tensorOf([4])]]]));
  }
  for (const quorum of [0, 4, 257, 2 ** 31, -1, 1.5]) add(`a quorum of ${quorum}`, withField("quorum", quorum));
  for (const least of [-0.5, "1", -1])
    add(`a smallest improvement of ${least}`, withField("smallestImprovement", least));
  add("an evaluation set of 2^53 - 1 bytes", withField("evaluation", [hashOf(""), 2 ** 53 - 1]));
  add("validators without an evaluation set", withField("evaluation", null));
  add(
    "257 validators",
    withField(
      "validators",
      Array.from({ length: 257 }, (_, i) => hashOf(`${i}`)),
    ),
  );
  add("a validator twice", withField("validators", [manifest.validators[0]!, manifest.validators[0]!]));
  add("a validator of small order", withField("validators", [new Uint8Array(32), ...manifest.validators]));
  for (const count of [0xffffffff, 0x7fffffff, 0x00100000]) {
    const length = [count >>> 24, (count >>> 16) & 255, (count >>> 8) & 255, count & 255];
    add(`an array that announces ${count} elements`, lyingLength(0xdd, length));
    add(`bytes that announce a length of ${count}`, lyingLength(0xc6, length));
    add(`a text that announces a length of ${count}`, lyingLength(0xdb, length));
    add(`a map that announces ${count} entries`, lyingLength(0xdf, length));
  }
  add("an extension of 2^32 - 1 bytes", lyingLength(0xc9, [255, 255, 255, 255, 1]));
  add("arrays nested 100,000 deep", new Uint8Array(100_000).fill(0x91));
  return bombs;
}
