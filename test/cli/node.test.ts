/** `ai-block start`, `status`, `stop` and `doctor` as processes. */
import { chmod, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { SmallDisk } from "../../scripts/support/smallDisk.ts";
import { EXIT } from "../../src/cli/framework/exitCodes.ts";
import { type Workplace, waitForError } from "./runCli.ts";
import { MODEL, startCli, urlOf, workplaceWithModel } from "./runningNode.ts";

let workplace: Workplace;
const model = () => workplace.path(MODEL);

beforeEach(async () => {
  workplace = await workplaceWithModel();
});
afterEach(() => workplace.remove());

const start = (...args: readonly string[]) => startCli(workplace, model(), ...args);

test("start prints where everything is, in order; status and stop find it; Ctrl-C ends it with 0", async () => {
  const started = await start();
  const { child, ready, result } = started;
  expect(ready.split("\n").map((line) => line.split("  ")[0])).toEqual([
    "chat",
    "dashboard",
    "API",
    "peer id",
    "addresses",
    "model",
    "data",
    "",
  ]);
  const url = urlOf(started);
  expect(ready).toContain(`${url}/v1\n`);
  expect((await fetch(`${url}/health`)).status).toBe(200);
  const status = (await workplace.json(["status"])) as { pid: number; url: string; health: { status: string } };
  expect(status).toMatchObject({ pid: child.pid, url, health: { status: "ready" } });
  expect((await workplace.run(["status"])).stdout).toMatch(/^state +ready/);
  const second = await workplace.run(["start", "--http-port", "0", "--model", model()]);
  expect(second.code).toBe(7);
  expect(second.stderr).toContain(`process ${child.pid}`);
  // Commands that need the chain say who has it, how to end that, and where to look meanwhile.
  for (const command of [["ls"], ["show", "abcd"], ["heads"], ["verify"], ["repair", "--yes"]]) {
    const refused = await workplace.run(["chain", ...command]);
    expect([command[0], refused]).toMatchObject([command[0], { code: 7, stdout: "" }]);
    const told = [`process ${child.pid}`, "ai-block stop", `${url}/explorer`, `${url}/chain/B/blocks`];
    for (const each of told) expect(refused.stderr).toContain(each);
    expect(refused.stderr.trim().split("\n")).toHaveLength(1);
  }
  for (const path of ["/explorer", "/chain/B/blocks"]) expect((await fetch(url + path)).status).toBe(200);
  const taken = new URL(url).port;
  const busy = await workplace.run(["start", "--http-port", taken, "--data-dir", workplace.path("other")]);
  expect(busy.code).toBe(10);
  expect(busy.stderr).toBe(
    `error: --http-port: expected a free port of 127.0.0.1, but another program has port ${taken}; ` +
      "stop that program, or give another port (0 takes any free one)\n",
  );
  child.kill("SIGINT");
  expect(await result).toMatchObject({ code: 0 });
  const none = await workplace.run(["status"]);
  expect(none.code).toBe(12);
  expect(none.stderr.trim().split("\n")).toHaveLength(1);
});

test("stop ends the node and returns when it has ended; the next start goes on with what is there", async () => {
  const first = await start("--json");
  const { stateRoot, peerId } = JSON.parse(first.ready) as { stateRoot: string; peerId: string };
  expect((await workplace.json(["stop"])) as object).toEqual({ pid: first.child.pid, stopped: true });
  expect(await first.result).toMatchObject({ code: 0 });
  const second = await start("--json");
  expect(JSON.parse(second.ready)).toMatchObject({ stateRoot, peerId });
  second.child.kill("SIGKILL");
  await second.result;
  // A killed node left its file behind.
  expect((await workplace.run(["stop"])).code).toBe(12);
  const third = await start("--json");
  expect(JSON.parse(third.ready)).toMatchObject({ stateRoot, peerId });
  third.child.kill("SIGTERM");
  expect(await third.result).toMatchObject({ code: 0 });
});

test("what is wrong is one sentence with a code of its own; doctor says it before", async () => {
  await workplace.run(["keygen"]);
  const report = async () =>
    (await workplace.run(["doctor", "--json", "--http-port", "0", "--model-folder", model()])).stdout;
  const resultOf = (text: string, name: string): string =>
    (JSON.parse(text) as { checks: { name: string; result: string }[] }).checks.find((check) => check.name === name)!
      .result;
  const fine = await report();
  expect((JSON.parse(fine) as { ok: boolean }).ok).toBe(true);
  await chmod(workplace.keyFile, 0o644);
  const started = await workplace.run(["start", "--http-port", "0", "--model", model()]);
  expect(started.code).toBe(5);
  expect(started.stderr).toContain("chmod 600");
  const wrong = await report();
  expect([resultOf(wrong, "key"), resultOf(wrong, "model")]).toEqual(["failed", "ok"]);
  await chmod(workplace.keyFile, 0o600);
});

test("a model that is missing or cannot be read ends a start with 11 and one sentence that names it", async () => {
  const refused = async (path: string, sentence: string, ...args: readonly string[]) => {
    const started = await workplace.run(["start", "--http-port", "0", ...args]);
    expect([path, started.code]).toEqual([path, EXIT.noModel]);
    expect(started.stderr).toContain(`error: ${path}: ${sentence}`);
    expect(started.stderr.trim().split("\n")).toHaveLength(1);
  };
  const named = async (path: string, sentence: string) => refused(path, sentence, "--model", path);
  await named("nothing", "no such file or folder");
  await refused(workplace.path("nothing"), "no such file or folder", "--model-folder", "nothing");
  await mkdir(workplace.path("empty"));
  await named("empty", "no weights file in the folder");
  await writeFile(workplace.path("notes.txt"), "words");
  await named("notes.txt", "expected safetensors");
  const config = await readFile(join(model(), "config.json"), "utf8");
  await writeFile(join(model(), "config.json"), config.replace(/"num_experts": \d+/, '"num_experts": -1'));
  await named("tiny", "config.json: num_experts: expected an integer");
  await writeFile(join(model(), "config.json"), config);
  await rm(join(model(), "tokenizer.json"));
  await named("tiny", "files: expected tokenizer.json");
});

test.each(["hashing", "publishing"])(
  "SIGTERM while a first start is %s ends it with 130 and leaves a whole chain, which the next start goes on with",
  async (stage) => {
    const stopped = await workplace.run(["start", "--http-port", "0", "--model", model(), "--progress", "json"], {
      onStart: (child) => void waitForError(child, `"stage":"${stage}"`).then(() => child.kill("SIGTERM")),
    });
    expect([stopped.code, stopped.stdout]).toEqual([EXIT.interrupted, ""]);
    expect(stopped.stderr).toMatch(/\nstopped before the end; the next start goes on from here\n$/);
    expect((await workplace.run(["chain", "verify"])).code).toBe(EXIT.ok);
    const { child, result } = await start();
    child.kill("SIGTERM");
    expect((await result).code).toBe(EXIT.ok);
    expect((await workplace.run(["chain", "verify"])).code).toBe(EXIT.ok);
  },
);

const disk = await SmallDisk.mount(4 * 2 ** 20);
afterAll(() => disk?.unmount());

(disk === undefined ? test.skip : test)(
  "a disk that is read-only or full ends a start with 8 and one sentence that says which, wherever the data lie on it",
  async () => {
    const refused = async (data: string, sentence: string) => {
      const started = await workplace.run(["start", "--http-port", "0", "--model", model(), "--data-dir", data]);
      expect([data, started.code]).toEqual([data, EXIT.diskFull]);
      expect(started.stderr).toContain(data);
      expect(started.stderr).toContain(sentence);
      expect(started.stderr.trim().split("\n")).toHaveLength(1);
    };
    const made = join(disk!.folder, "made");
    await mkdir(made);
    await refused(made, "free some space");
    const fresh = join(disk!.folder, "fresh");
    await mkdir(fresh);
    await disk!.setReadOnly(true);
    for (const data of [disk!.folder, fresh, made, join(disk!.folder, "new")]) await refused(data, "read-only");
  },
);

test("a GGUF file is served, and the next start finds it on the chain", async () => {
  const file = workplace.path("small.gguf");
  const exported = await workplace.run([
    "model",
    "export",
    model(),
    "--out",
    file,
    "--type",
    "q8_0",
    "--allow-differences",
  ]);
  expect(exported).toMatchObject({ code: 0 });
  const doctor = await workplace.run(["doctor", "--json", "--http-port", "0", "--model-folder", file]);
  expect(JSON.parse(doctor.stdout)).toMatchObject({ ok: true });
  const answers: string[] = [];
  for (const _start of [1, 2]) {
    const node = await startCli(workplace, file);
    expect(node.ready).toMatch(/^model +small, state root [0-9a-f]{64}$/m);
    const response = await fetch(`${urlOf(node)}/v1/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ model: "small", prompt: "Hello", max_tokens: 8, temperature: 0 }),
    });
    answers.push(((await response.json()) as { choices: [{ text: string }] }).choices[0].text);
    node.child.kill("SIGTERM");
    expect((await node.result).code).toBe(0);
  }
  expect(answers[0]).not.toBe("");
  expect(answers[1]).toBe(answers[0]);
});
