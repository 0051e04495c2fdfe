/**
 * 50,000 mutated files for each reader of weights, in a process of its own so that its peak memory is the reader's.
 * `npm run torture -- formats` does the same with more of them.
 */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { fuzz } from "../../../scripts/torture/formats/fuzz.ts";
import { TARGETS } from "../../../scripts/torture/formats/targets.ts";

const TORTURE = fileURLToPath(new URL("../../../scripts/torture/run.ts", import.meta.url));
const SEED = 20_250_101;
/** Fewer where a file is no weights: these only save time. */
const INPUTS: ReadonlyMap<string, string> = new Map([
  ["index", "10000"],
  ["hdf5", "10000"],
]);
const run = promisify(execFile);

test.each(TARGETS)("$name: read or refused with a code, never slow, never large", async ({ name, corpus, read }) => {
  for (const bytes of corpus) await read(bytes);
  const args = [TORTURE, "formats", "--only", name, "--inputs", INPUTS.get(name) ?? "50000", "--seed", String(SEED)];
  const { stdout } = await run(process.execPath, args);
  const [, accepted, slowestMs, peakMiB] = /(\d+) accepted, slowest (\d+) ms, peak memory (\d+) MiB/
    .exec(stdout)!
    .map(Number);
  expect(accepted).toBeGreaterThan(100);
  expect(slowestMs).toBeLessThan(2000);
  expect(peakMiB).toBeLessThan(256);
});

test("a reader that breaks the promise is caught, with the seed and number that make the input again", async () => {
  const broken = {
    name: "broken",
    corpus: [new Uint8Array(8)],
    read: async (bytes: Uint8Array) => {
      if (bytes[0] === 1) throw new TypeError("oops");
    },
  };
  await expect(fuzz(broken, 50_000, SEED)).rejects.toThrow(
    /broken: input \d+ of seed 20250101: untyped error TypeError/,
  );
});
