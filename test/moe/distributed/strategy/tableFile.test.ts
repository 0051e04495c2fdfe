import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeCanonical, type WireValue } from "../../../../src/core/codec.ts";
import { sha256 } from "../../../../src/core/hash.ts";
import { STRATEGIES } from "../../../../src/moe/distributed/breakdown/plan.ts";
import { StrategyChooser } from "../../../../src/moe/distributed/strategy/chooser.ts";
import { MAX_VALUE } from "../../../../src/moe/distributed/strategy/qTable.ts";
import { STATES } from "../../../../src/moe/distributed/strategy/state.ts";
import { loadChooser, MAX_TABLE_BYTES, saveChooser } from "../../../../src/moe/distributed/strategy/tableFile.ts";

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ai-block-strategy-"));
  path = join(folder, "table");
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const options = { seed: 9 };

function experienced(): StrategyChooser {
  const chooser = new StrategyChooser(options);
  for (let i = 0; i < 300; i++) {
    const state = (7 * i) % STATES;
    chooser.learn({ state, action: chooser.choose(state), reward: Math.sin(i), nextState: (state + 1) % STATES });
  }
  return chooser;
}

test("a chooser that was saved and loaded goes on exactly as one that was not", async () => {
  const chooser = experienced();
  await saveChooser(path, chooser);
  const loaded = await loadChooser(path, options);
  expect(loaded.table.values).toEqual(chooser.table.values);
  expect(loaded.table.visits).toEqual(chooser.table.visits);
  const following = (one: StrategyChooser) => Array.from({ length: 100 }, (_, i) => one.choose(i % STATES));
  expect(following(loaded)).toEqual(following(chooser));
});

test("without a file the chooser is a new one, and minus zero is saved as zero", async () => {
  const chooser = await loadChooser(path, options);
  expect(chooser.choices).toBe(0);
  chooser.table.values[3] = -0;
  await saveChooser(path, chooser);
  expect((await loadChooser(path, options)).table.values.every((value) => Object.is(value, 0))).toBe(true);
});

test("saving replaces the file in one step: a save that fails leaves it and no other file", async () => {
  await saveChooser(path, experienced());
  const before = await readFile(path);
  const broken = experienced();
  broken.table.values[0] = Number.NaN;
  await expect(saveChooser(path, broken)).rejects.toMatchObject({ code: "bad_value" });
  await expect(saveChooser(join(folder, "none", "table"), experienced())).rejects.toMatchObject({ code: "ENOENT" });
  expect(await readFile(path)).toEqual(before);
  expect(await readdir(folder)).toEqual(["table"]);
});

test("any changed, missing or added byte is noticed", async () => {
  await saveChooser(path, experienced());
  const bytes = await readFile(path);
  const damaged = path.concat("-damaged");
  const refuse = async (wrong: Uint8Array) => {
    await writeFile(damaged, wrong);
    await expect(loadChooser(damaged, options)).rejects.toMatchObject({ code: "strategy_table_invalid" });
  };
  for (let at = 0; at < bytes.length; at += 97) {
    const flipped = Uint8Array.from(bytes);
    flipped[at]! ^= 1 << (at % 8);
    await refuse(flipped);
  }
  for (const length of [0, 1, 40, bytes.length - 1]) await refuse(bytes.subarray(0, length));
  await refuse(Buffer.concat([bytes, Buffer.of(0)]));
});

test("a file that is too large is refused after a bounded read", async () => {
  await writeFile(path, new Uint8Array(MAX_TABLE_BYTES + 1));
  await expect(loadChooser(path, options)).rejects.toMatchObject({ code: "strategy_table_too_large" });
  await writeFile(path, new Uint8Array(64 * 1024 * 1024));
  await expect(loadChooser(path, options)).rejects.toMatchObject({ code: "strategy_table_too_large" });
});

const SIZE = STATES * STRATEGIES.length;
const zeros: number[] = Array.from({ length: SIZE }, () => 0);
const format = "ai-block-strategy-table-1";

function fileOf(body: readonly WireValue[], name: string = format): Uint8Array {
  const bytes = encodeCanonical(body);
  return encodeCanonical([name, sha256(bytes), bytes]);
}

const wrongFiles: readonly (readonly [string, Uint8Array])[] = [
  ["a pickle", Buffer.from("80049503000000000000004b012e", "hex")],
  ["JSON", Buffer.from('{"values":[]}')],
  ["another format", fileOf([[...STRATEGIES], STATES, 0, zeros, zeros], "ai-block-strategy-table-2")],
  ["other strategies", fileOf([["data_parallel"], STATES, 0, zeros, zeros])],
  ["strategies in another order", fileOf([[...STRATEGIES].reverse(), STATES, 0, zeros, zeros])],
  ["other states", fileOf([[...STRATEGIES], STATES + 1, 0, zeros, zeros])],
  ["too few values", fileOf([[...STRATEGIES], STATES, 0, zeros.slice(1), zeros])],
  ["a text for a value", fileOf([[...STRATEGIES], STATES, 0, ["0", ...zeros.slice(1)], zeros])],
  [
    "a value that no learning reaches",
    fileOf([[...STRATEGIES], STATES, 0, [1.01 * MAX_VALUE, ...zeros.slice(1)], zeros]),
  ],
  ["a negative count", fileOf([[...STRATEGIES], STATES, 0, zeros, [-1, ...zeros.slice(1)]])],
  ["half a choice", fileOf([[...STRATEGIES], STATES, 0.5, zeros, zeros])],
  ["a further field", fileOf([[...STRATEGIES], STATES, 0, zeros, zeros, 1])],
  ["no list", encodeCanonical("table")],
  ["a list of lists", encodeCanonical([[[]]])],
];

test.each(wrongFiles)("a file with %s is refused although its hash is right", async (_, bytes) => {
  await writeFile(path, bytes);
  await expect(loadChooser(path, options)).rejects.toMatchObject({ code: "strategy_table_invalid" });
});
