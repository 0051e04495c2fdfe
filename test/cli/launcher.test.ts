import { spawnSync } from "node:child_process";
import { cp, mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { EXIT } from "../../src/cli/framework/exitCodes.ts";
import { ROOT } from "../sourceFiles.ts";
import { Workplace, waitForError } from "./runCli.ts";
import { addHollowPayload, makeSampleChain } from "./sampleChain.ts";

const oldNode = findOldNode();
if (oldNode === undefined) console.log("launcher: no Node below 22.18 on this machine, its tests are skipped");
const withOldNode = oldNode === undefined ? test.skip : test;

let workplace: Workplace;
let installed: string;
beforeAll(async () => {
  workplace = await Workplace.create();
  installed = await install(join(workplace.folder, "prefix", "node_modules"));
});
afterAll(() => workplace.remove());

test("a recent Node is used as it is", async () => {
  const { node } = (await workplace.json(["version"])) as { node: string };
  expect(node).toBe(process.versions.node);
});

withOldNode("under an old Node the bundled one runs the command, with the same arguments and exit code", async () => {
  const version = await workplace.run(["version", "--json"], { node: oldNode! });
  expect([version.code, version.stderr]).toEqual([0, ""]);
  expect(JSON.parse(version.stdout).node).toMatch(/^24\./);
  const mistake = await workplace.run(["chain", "ls", "--limit", "0"], { node: oldNode! });
  expect([mistake.code, mistake.stdout]).toEqual([EXIT.usage, ""]);
  expect(mistake.stderr).toBe('error: --limit: expected an integer from 1 to 10000, got "0"\n');
});

withOldNode("without a bundled Node an old one gets one sentence that says which is needed", async () => {
  const alone = join(workplace.folder, "alone", "bin");
  await cp(join(ROOT, "bin"), alone, { recursive: true });
  await writeFile(join(workplace.folder, "alone", "package.json"), '{ "type": "module" }');
  const result = await workplace.run(["version"], { node: oldNode!, launcher: join(alone, "ai-block.js") });
  expect([result.code, result.stdout]).toEqual([EXIT.noNode, ""]);
  expect(result.stderr).toMatch(/^error: ai-block needs Node 24\.3 or later .*, this is \d+\.\d+\.\d+ .*\n$/);
});

test.each(oldNode === undefined ? [process.execPath] : [process.execPath, oldNode])(
  "below node_modules, where Node refuses TypeScript, the command runs without a warning (%s)",
  async (node) => {
    const launcher = join(installed, "bin", "ai-block.js");
    const version = await workplace.run(["version", "--json"], { node, launcher });
    expect([version.code, version.stderr]).toEqual([0, ""]);
    const { dataDir } = await settings(launcher, node);
    expect(dataDir).toBe(join(workplace.folder, "xdg-data", "ai-block", "main"));
  },
);

test("a signal to the launcher reaches the process that it started, and the exit code comes back", async () => {
  await makeSampleChain(workplace);
  await addHollowPayload(workplace, 65_536);
  const { code, stderr } = await workplace.run(["chain", "verify", "--progress", "json"], {
    launcher: join(installed, "bin", "ai-block.js"),
    onStart: (child) => {
      void waitForError(child, '"stage":"indexes","done":1').then(() => child.kill("SIGINT"));
    },
  });
  expect(code).toBe(EXIT.interrupted);
  expect(stderr).toMatch(/\nstopped before the end\n$/);
});

test("below node_modules worker threads run TypeScript as well", async () => {
  const worker = join(installed, "src", "worker.ts");
  await writeFile(
    worker,
    `import { isMainThread, Worker } from "node:worker_threads";
     const where: string = isMainThread ? "main" : "worker";
     console.log(where);
     if (isMainThread) new Worker(new URL(import.meta.url));`,
  );
  const hook = join(installed, "bin", "typeScriptHook.js");
  const { status, stdout } = spawnSync(process.execPath, ["--import", hook, worker], { encoding: "utf8" });
  expect([status, stdout]).toEqual([0, "main\nworker\n"]);
});

const onLinux = process.platform === "linux" ? test : test.skip;

onLinux(
  "where no folder can be made a command does without compiled code, and one that needs a folder says so",
  async () => {
    const noCache = { XDG_CACHE_HOME: "/proc/ai-block" };
    for (const launcher of [undefined, join(installed, "bin", "ai-block.js")]) {
      const version = await workplace.run(["version"], { env: noCache, ...(launcher !== undefined && { launcher }) });
      expect([version.code, version.stderr]).toEqual([0, ""]);
    }
    const noData = { ...noCache, HOME: "/proc/ai-block", AI_BLOCK_DATA_DIR: "/proc/ai-block/data" };
    for (const args of [
      ["start", "--http-port", "0"],
      ["keys", "create"],
    ]) {
      const { code, stdout, stderr } = await workplace.run(args, { env: noData });
      expect([code, stdout]).toEqual([EXIT.failed, ""]);
      expect(stderr).toBe("error: /proc/ai-block: expected a place where folders can be made, /proc takes none\n");
    }
  },
);

onLinux("without a home compiled code is kept nowhere: the current folder may be anybody's", async () => {
  const cwd = join(workplace.folder, "anybodys");
  await mkdir(cwd);
  for (const HOME of ["", "relative"]) {
    const env = { PATH: process.env.PATH, HOME };
    const { status } = spawnSync(process.execPath, [join(ROOT, "bin", "ai-block.js"), "version"], { cwd, env });
    expect([HOME, status, await readdir(cwd)]).toEqual([HOME, 0, []]);
  }
});

async function settings(launcher: string, node: string): Promise<Record<string, unknown>> {
  const { stdout } = await workplace.run(["config", "print", "--json"], {
    launcher,
    node,
    env: { AI_BLOCK_DATA_DIR: "" },
  });
  const printed = JSON.parse(stdout) as { key: string; value: unknown }[];
  return Object.fromEntries(printed.map(({ key, value }) => [key, value]));
}

/** The package as npm would install it into `modules`, with the dependencies of this checkout beside it. */
async function install(modules: string): Promise<string> {
  const target = join(modules, "ai-block");
  await mkdir(target, { recursive: true });
  for (const part of ["bin", "src", "package.json"])
    await cp(join(ROOT, part), join(target, part), { recursive: true });
  for (const name of await readdir(join(ROOT, "node_modules"))) {
    if (!name.startsWith(".")) await symlink(join(ROOT, "node_modules", name), join(modules, name));
  }
  return target;
}

/** The first `node` on the path that cannot run TypeScript. */
function findOldNode(): string | undefined {
  const name = process.platform === "win32" ? "node.exe" : "node";
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/bin", "/usr/local/bin"];
  return folders
    .map((folder) => join(folder, name))
    .find((node) => {
      const { stdout } = spawnSync(node, ["--version"], { encoding: "utf8" });
      const [, major, minor] = /^v(\d+)\.(\d+)/.exec(stdout ?? "") ?? [];
      return Number(major) < 22 || (Number(major) === 22 && Number(minor) < 18);
    });
}
