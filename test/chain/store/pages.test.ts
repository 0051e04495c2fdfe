import { join } from "node:path";
import fc from "fast-check";
import { withTemporaryFolder } from "../../../scripts/support/temporary.ts";
import { Database } from "../../../src/chain/store/database.ts";
import { concatBytes, u64, utf8 } from "../../../src/core/bytes.ts";

const PREFIX = Uint8Array.of(0x20);
const ROWS = 700;
const keyAt = (i: number): Uint8Array => concatBytes([PREFIX, u64(2 * i)]);

test("pages hold the rows of a scan: any limit, either direction, from any place, and nothing of other prefixes", async () => {
  await withTemporaryFolder(async (folder) => {
    const database = await Database.open(join(folder, "rows"));
    const rows = Array.from({ length: ROWS }, (_, i) => [keyAt(i), utf8(`${i} ${"x".repeat(i)}`)] as const);
    await database.write([...rows, [Uint8Array.of(0x1f, 1), PREFIX], [Uint8Array.of(0x21), PREFIX]]);
    const options = fc.record(
      {
        limit: fc.nat(2 * ROWS),
        reverse: fc.boolean(),
        after: fc.nat(2 * ROWS).map((i) => concatBytes([PREFIX, u64(i)])),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(options, async (given) => {
        const { limit = ROWS, reverse = false, after } = given;
        const inOrder = reverse ? rows.toReversed() : rows;
        const side = reverse ? 1 : -1;
        const expected = inOrder
          .filter(([key]) => after === undefined || Buffer.compare(after, key) === side)
          .slice(0, limit)
          .map(([, value]) => Buffer.from(value).toString());
        const pages = await Array.fromAsync(database.pages(PREFIX, given));
        expect(pages.flat().map(([, value]) => Buffer.from(value).toString())).toEqual(expected);
        for (const page of pages) expect(page.length).toBeGreaterThan(0);
        const scanned = await Array.fromAsync(database.scan(PREFIX, given), ([, value]) =>
          Buffer.from(value).toString(),
        );
        expect(scanned).toEqual(expected);
      }),
      { numRuns: 100 },
    );
    await database.close();
  });
});
