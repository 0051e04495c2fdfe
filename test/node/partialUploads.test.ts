import { readdir, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { systemClock } from "../../src/core/clock.ts";
import { errorCode } from "../../src/core/errors.ts";
import { type PartialLimits, PartialUploads } from "../../src/node/services/partialUploads.ts";
import { withFolder } from "./support.ts";

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const LIMITS: PartialLimits = { maxUploads: 3, maxUploadsOfCaller: 3, maxBytes: 3000, minFreeBytes: 0 };
const ME = "account:me";
const OTHER = "account:other";
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
    await first.append(await first.begin(rootOf("a"), 1000, ME), bytes(300, 200), never);
    await first.begin(rootOf("b"), 1000, ME);
    await first.close();
    await age(folder, "a", 23 * HOUR_MS);
    await age(folder, "b", 25 * HOUR_MS);
    await writeFile(join(folder, "notes.txt"), "");
    const second = await open(folder);
    expect(await there(folder)).toBe("a");
    expect(await second.find(rootOf("a"))).toMatchObject({ totalBytes: 1000, receivedBytes: 500 });
    expect(await second.append(await second.begin(rootOf("a"), 1000, ME), bytes(500), never)).toBe(1000);
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
    const writing = uploads.append(await uploads.begin(rootOf("a"), 20, ME), slow(), never);
    await uploads.begin(rootOf("b"), 20, ME);
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
    for (const digit of ["a", "b", "c"]) await uploads.begin(rootOf(digit), 1000, OTHER);
    const refused = () => uploads.begin(rootOf("d"), 1000, ME).catch(errorCode);
    expect(await refused()).toBe("over_quota");
    await age(folder, "b", 2 * HOUR_MS);
    await age(folder, "c", 3 * HOUR_MS);
    // It goes on: that is a touch.
    await uploads.begin(rootOf("c"), 1000, ME);
    await uploads.begin(rootOf("d"), 1000, ME);
    expect(await there(folder)).toBe("acd");
    expect(await uploads.begin(rootOf("e"), 1, ME).catch(errorCode)).toBe("over_quota");
    // By bytes as well: two have to go for one that is large.
    await age(folder, "a", 2 * HOUR_MS);
    await age(folder, "c", 2 * HOUR_MS + 1000);
    await uploads.begin(rootOf("f"), 2000, ME);
    expect(await there(folder)).toBe("df");
    await uploads.close();
  }));

test("at the start what is over the limits goes, the longest left first", () =>
  withFolder(async (folder) => {
    const before = await open(folder);
    for (const [digit, ms] of [
      ["a", 10 * MINUTE_MS],
      ["b", 30 * MINUTE_MS],
      ["c", 20 * MINUTE_MS],
    ] as const) {
      await before.begin(rootOf(digit), 1000, ME);
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
      digits.map((digit) => uploads.begin(rootOf(digit), 1000, `account:${digit}`).then(() => "begun", errorCode)),
    );
    expect(outcomes.filter((outcome) => outcome === "begun")).toHaveLength(3);
    expect(outcomes.filter((outcome) => outcome === "over_quota")).toHaveLength(13);
    expect(await there(folder)).toHaveLength(3);
    await uploads.close();
  }));

test("a caller who has as many uploads as one may have is refused until one is complete; others are not", () =>
  withFolder(async (folder) => {
    const uploads = await open(folder, { ...LIMITS, maxUploadsOfCaller: 2 });
    const first = await uploads.begin(rootOf("a"), 10, ME);
    await uploads.begin(rootOf("b"), 10, ME);
    const refused = await uploads.begin(rootOf("c"), 10, ME).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: "too_many_uploads", data: { limit: 2, retryAfterMs: MINUTE_MS } });
    // What is there goes on, whoever began it, and stays with who began it.
    expect(await uploads.begin(rootOf("a"), 10, OTHER)).toMatchObject({ receivedBytes: 0 });
    await uploads.begin(rootOf("c"), 10, OTHER);
    await uploads.append(first, bytes(10), never);
    await uploads.remove(first);
    await uploads.begin(rootOf("d"), 10, ME);
    expect(await there(folder)).toBe("bcd");
    await uploads.close();
  }));

test("what a caller has begun and left for ten minutes makes room for his next one only, also after a restart", () =>
  withFolder(async (folder) => {
    const limits = { ...LIMITS, maxUploadsOfCaller: 2 };
    const before = await open(folder, limits);
    await before.begin(rootOf("a"), 10, ME);
    await before.begin(rootOf("b"), 10, ME);
    await before.begin(rootOf("c"), 10, OTHER);
    await before.close();
    const uploads = await open(folder, limits);
    await age(folder, "a", 9.75 * MINUTE_MS);
    const refused = await uploads.begin(rootOf("d"), 10, ME).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: "too_many_uploads" });
    const { retryAfterMs } = (refused as { data: { retryAfterMs: number } }).data;
    expect(retryAfterMs).toBeGreaterThan(5000);
    expect(retryAfterMs).toBeLessThanOrEqual(0.25 * MINUTE_MS);
    await age(folder, "a", 11 * MINUTE_MS);
    await age(folder, "b", 12 * MINUTE_MS);
    await age(folder, "c", 50 * MINUTE_MS);
    expect(await uploads.begin(rootOf("e"), 10, OTHER).catch(errorCode)).toBe("over_quota");
    await uploads.begin(rootOf("d"), 10, ME);
    expect(await there(folder)).toBe("acd");
    await uploads.close();
  }));

test("an upload that is being written to makes no room for another one of its caller, however long ago it began", () =>
  withFolder(async (folder) => {
    const uploads = await open(folder, { ...LIMITS, maxUploadsOfCaller: 1 });
    const finish = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    async function* slow(): AsyncGenerator<Uint8Array> {
      begun.resolve();
      await finish.promise;
      yield new Uint8Array(10);
    }
    const writing = uploads.append(await uploads.begin(rootOf("a"), 10, ME), slow(), never);
    await begun.promise;
    await age(folder, "a", 11 * MINUTE_MS);
    expect(await uploads.begin(rootOf("b"), 10, ME).catch(errorCode)).toBe("too_many_uploads");
    finish.resolve();
    expect(await writing).toBe(10);
    await uploads.close();
  }));
