/** Row 55 of the attacks, at the size of a change; more rounds are in scripts/torture. */
import { join } from "node:path";
import { Random } from "../../scripts/support/random.ts";
import { SampleModel } from "../../scripts/support/sampleModel.ts";
import { SmallDisk } from "../../scripts/support/smallDisk.ts";
import { withTemporaryFolder } from "../../scripts/support/temporary.ts";
import { fillDisk } from "../../scripts/torture/chain/diskFull.ts";
import { sealBlock } from "../../src/chain/block/block.ts";
import { Chain } from "../../src/chain/chain.ts";
import { errorCode } from "../../src/core/errors.ts";
import { TEST_SEED as seed } from "../seed.ts";

const DISK_BYTES = 24 * 2 ** 20;

/** Runs `use` with a small disk; says so where there can be none. */
async function withSmallDisk(use: (disk: SmallDisk) => Promise<void>): Promise<void> {
  const disk = await SmallDisk.mount(DISK_BYTES);
  if (disk === undefined) {
    console.log("skipped: a small file system cannot be mounted here (needs Linux and root)");
    return;
  }
  try {
    await use(disk);
  } finally {
    await disk.unmount();
  }
}

test("a disk that fills up at a random write loses nothing, stops no read, and writes resume by themselves", async () => {
  await withSmallDisk(async (disk) => {
    const random = new Random(seed);
    for (let round = 0; round < 3; round++) {
      const { problems, failedBlocks } = await fillDisk(disk, random);
      expect({ seed, round, problems }).toEqual({ seed, round, problems: [] });
      expect(failedBlocks).toBeGreaterThan(0);
    }
  });
});

test("a disk that is read-only or full when the store is opened is called that, and harms nothing", async () => {
  await withSmallDisk(async (disk) => {
    const folder = join(disk.folder, "chain");
    const model = new SampleModel();
    const codeOfOpening = () =>
      Chain.open(folder, { minFreeBytes: 0 }).then(
        async (chain) => {
          await chain.close();
          return "opened";
        },
        (error: unknown) => errorCode(error),
      );
    const chain = await Chain.open(folder, { minFreeBytes: 0 });
    await model.publish(chain);
    await chain.close();
    await disk.setReadOnly(true);
    expect(await codeOfOpening()).toBe("disk_read_only");
    await disk.setReadOnly(false);
    await disk.fill(0);
    expect(await codeOfOpening()).toBe("disk_full");
    await disk.empty();
    const again = await Chain.open(folder, { minFreeBytes: 0 });
    expect(again.models.size).toBe(1);
    await again.close();
  });
});

test("nothing is stored while the disk has less than the reserve, and the reason is said", async () => {
  await withTemporaryFolder(async (folder) => {
    const model = new SampleModel();
    const chain = await Chain.open(folder, { minFreeBytes: 2 ** 60 });
    await expect(chain.payloads.put([model.manifestBytes])).rejects.toMatchObject({ code: "disk_full" });
    expect(await chain.add([sealBlock(model.meta)])).toMatchObject([
      { kind: "ignore", code: "store_unavailable", reason: expect.stringContaining("disk_full") },
    ]);
    await chain.close();
  });
});
