import { readdir, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { systemClock } from "../../src/core/clock.ts";
import { errorCode } from "../../src/core/errors.ts";
import { type PartialLimits, PartialUploads } from "../../src/node/services/partialUploads.ts";
import { withFolder } from "./support.ts";

const HOUR_MS = 3_600_000;
const LIMITS: PartialLimits = { maxUploads: 3, maxBytes: 3000, minFreeBytes: 0 };
const never = new AbortController().signal;
const rootOf = (digit: string): string => digit.repeat(64);
const open = (folder: string, limits = LIMITS) => PartialUploads.open(folder, limits, systemClock);

async function* bytes(...pieces: readonly number[]): AsyncGenerator<Uint8Array> {
  for (const length of pieces) yield new Uint8Array(length);
}

/** As if nobody had touched the upload for so long. */
async function age(folder: string, digit: string, ms: number): Promise<void> {
  const name = (await readdir(folder)).find((each) => each.startsWith(digit))!;
  const seconds = (Date.now() - ms) / 1000;
  await utimes(join(folder, name), seconds, seconds);
}

const there = async (folder: string): Promise<string> =>
  (await readdir(folder))
    .map((name) => name[0])
    .sort()
    .join("");

test("an upload goes on after a restart; after a day without a touch it is gone, with everything that is no upload", () =>
  withFolder(async (folder) => {
    const first = await open(folder);
    await first.append(await first.begin(rootOf("a"), 1000), bytes(300, 200), never);
    await first.begin(rootOf("b"), 1000);
    await first.close();
    await age(folder, "a", 23 * HOUR_MS);
    await age(folder, "b", 25 * HOUR_MS);
    await writeFile(join(folder, "notes.txt"), "");
    const second = await open(folder);
    expect(await there(folder)).toBe("a");
    expect(await second.find(rootOf("a"))).toMatchObject({ totalBytes: 1000, receivedBytes: 500 });
    expect(await second.append(await second.begin(rootOf("a"), 1000), bytes(500), never)).toBe(1000);
    await second.close();
    await second.close();
  }));

test("old uploads are swept while the node runs, but not one that is being written to", () =>
  withFolder(async (folder) => {
    const uploads = await open(folder, { ...LIMITS, sweepMs: 10 });
    const finish = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    async function* slow(): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(10);
      begun.resolve();
      await finish.promise;
      yield new Uint8Array(10);
    }
    const writing = uploads.append(await uploads.begin(rootOf("a"), 20), slow(), never);
    await uploads.begin(rootOf("b"), 20);
    await begun.promise;
    await age(folder, "a", 25 * HOUR_MS);
    await age(folder, "b", 25 * HOUR_MS);
    while ((await there(folder)) !== "a") await new Promise((done) => setTimeout(done, 5));
    await uploads.sweep();
    expect(await there(folder)).toBe("a");
    finish.resolve();
    expect(await writing).toBe(20);
    await uploads.close();
    // Nothing is swept after that.
    await age(folder, "a", 25 * HOUR_MS);
    await new Promise((done) => setTimeout(done, 30));
    expect(await there(folder)).toBe("a");
  }));

test("uploads that were begun and left make room after an hour, the longest left first; running ones never do", () =>
  withFolder(async (folder) => {
    const uploads = await open(folder);
    for (const digit of ["a", "b", "c"]) await uploads.begin(rootOf(digit), 1000);
    const refused = () => uploads.begin(rootOf("d"), 1000).catch(errorCode);
    expect(await refused()).toBe("over_quota");
    await age(folder, "b", 2 * HOUR_MS);
    await age(folder, "c", 3 * HOUR_MS);
    // It goes on: that is a touch.
    await uploads.begin(rootOf("c"), 1000);
    await uploads.begin(rootOf("d"), 1000);
    expect(await there(folder)).toBe("acd");
    expect(await uploads.begin(rootOf("e"), 1).catch(errorCode)).toBe("over_quota");
    // By bytes as well: two have to go for one that is large.
    await age(folder, "a", 2 * HOUR_MS);
    await age(folder, "c", 2 * HOUR_MS + 1000);
    await uploads.begin(rootOf("f"), 2000);
    expect(await there(folder)).toBe("df");
    await uploads.close();
  }));

test("at the start what is over the limits goes, the longest left first", () =>
  withFolder(async (folder) => {
    const before = await open(folder);
    for (const [digit, ms] of [
      ["a", 1000],
      ["b", 3000],
      ["c", 2000],
    ] as const) {
      await before.begin(rootOf(digit), 1000);
      await age(folder, digit, ms);
    }
    await before.close();
    await (await open(folder, { ...LIMITS, maxBytes: 2000 })).close();
    expect(await there(folder)).toBe("ac");
    await (await open(folder, { ...LIMITS, maxUploads: 1 })).close();
    expect(await there(folder)).toBe("a");
  }));

test("of many uploads that begin at the same moment only as many as the limits allow are there", () =>
  withFolder(async (folder) => {
    const uploads = await open(folder);
    const digits = [..."0123456789abcdef"];
    const outcomes = await Promise.all(
      digits.map((digit) => uploads.begin(rootOf(digit), 1000).then(() => "begun", errorCode)),
    );
    expect(outcomes.filter((outcome) => outcome === "begun")).toHaveLength(3);
    expect(outcomes.filter((outcome) => outcome === "over_quota")).toHaveLength(13);
    expect(await there(folder)).toHaveLength(3);
    await uploads.close();
  }));
