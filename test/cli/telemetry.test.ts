/** onnxruntime would report to its maker. */
import { readdir, writeFile } from "node:fs/promises";
import { checkpoint } from "./checkpoints.ts";
import { Workplace } from "./runCli.ts";

let workplace: Workplace;
beforeAll(async () => {
  workplace = await Workplace.create();
  await writeFile(workplace.path("batch.json"), "[[5, 9, 2, 7]]");
});
afterAll(() => workplace.remove());

/** Folders in which onnxruntime keeps a name of the machine and events to send. */
async function reports(...args: string[]): Promise<string[]> {
  const env = { XDG_CACHE_HOME: `${workplace.folder}/.cache` };
  const { code, stderr } = await workplace.run(args, { env });
  expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
  const names = await readdir(workplace.folder, { recursive: true });
  return names.filter((name) => /microsoft|onnxruntime\.db|deviceid/i.test(name));
}

test.each([
  ["run", checkpoint("olmoe"), "--ids", "5,9", "--max-tokens", "2", "--temperature", "0"],
  ["eval", checkpoint("olmoe"), "--tokens", "batch.json"],
  ["train", checkpoint("olmoe"), "--tokens", "batch.json", "--steps", "1", "--lr", "0.001", "--out", "trained"],
])("`%s` leaves no record of the machine and its sessions behind", async (...args) => {
  expect(await reports(...args)).toEqual([]);
});
