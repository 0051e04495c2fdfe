import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Workplace } from "./runCli.ts";

let workplace: Workplace;
beforeEach(async () => {
  workplace = await Workplace.create();
});
afterEach(() => workplace.remove());

test("a chain where an older version kept it is named by start and doctor in one sentence, and left alone", async () => {
  const old = join(dirname(workplace.data), "chain");
  // The old chain is named before the model is looked into: an empty folder ends the start soon.
  const args = ["--http-port", "0", "--model", workplace.path("nothing")];
  await mkdir(workplace.path("nothing"));
  expect((await workplace.run(["start", ...args])).stderr).not.toContain("older version");
  await mkdir(join(old, "index"), { recursive: true });
  await writeFile(join(old, "index", "CURRENT"), "MANIFEST-000001\n");
  const { stderr } = await workplace.run(["start", ...args]);
  expect(stderr.split("\n").filter((line) => line.includes("older version"))).toEqual([
    `warning: ${old} is of an older version and is not read; the chain is in ${workplace.data} now: remove it`,
  ]);
  const report = await workplace.run(["doctor", "--json", "--http-port", "0"]);
  expect((JSON.parse(report.stdout) as { checks: { name: string; result: string }[] }).checks).toContainEqual({
    name: "data folder",
    result: "warning",
    detail: expect.stringContaining("older version"),
  });
});
