/** `ai-block keys` as processes, and the node that they open and close. */
import { cp } from "node:fs/promises";
import { checkpoint } from "./checkpoints.ts";
import { Workplace } from "./runCli.ts";
import { startCli, urlOf } from "./runningNode.ts";

let workplace: Workplace;
beforeEach(async () => {
  workplace = await Workplace.create();
  await cp(checkpoint("olmoe-f16"), workplace.path("tiny"), { recursive: true });
});
afterEach(() => workplace.remove());

interface Listed {
  readonly keys: readonly { readonly id: string; readonly name: string | null; readonly lastUsed: string | null }[];
}
const list = async () => ((await workplace.json(["keys", "list"])) as Listed).keys;

test("a key is printed once, listed without its secret, and gone when it is revoked", async () => {
  expect((await workplace.run(["keys", "list"])).stderr).toContain("asks nobody");
  const made = await workplace.run(["keys", "create", "--name", "laptop", "--scopes", "chat,upload"]);
  const key = made.stdout.trim();
  expect(key).toMatch(/^moe_[0-9a-f]{16}_[A-Za-z0-9_-]{43}$/);
  const id = key.split("_")[1]!;
  expect(made.stderr).toContain("not shown again");
  expect(made.stderr).not.toContain(key.slice(-43));
  const shown = await workplace.run(["keys", "list"]);
  expect(shown.stdout).toMatch(new RegExp(`^${id} +chat,upload +.* never +- +laptop$`, "m"));
  expect(shown.stdout + shown.stderr).not.toContain(key.slice(-43));
  expect(await list()).toMatchObject([{ id, name: "laptop", lastUsed: null }]);
  expect((await workplace.run(["keys", "list", "-q"])).stdout).toBe(`${id}\n`);
  const revoked = await workplace.run(["keys", "revoke", id]);
  expect([revoked.code, revoked.stderr]).toEqual([0, expect.stringContaining("still asks for one")]);
  expect((await workplace.run(["keys", "revoke", id])).code).toBe(1);
  expect(await list()).toEqual([]);
});

test.each([
  ["--scopes", "chat,admn", 'did you mean "admin"'],
  ["--name", "", "1 to 64"],
  ["--name", "two\nlines", "printable"],
])("%s %j is refused before a key is made", async (flag, value, text) => {
  const { code, stderr } = await workplace.run(["keys", "create", flag, value]);
  expect([code, stderr]).toEqual([2, expect.stringContaining(text)]);
  expect((await workplace.run(["keys", "list"])).stderr).toContain("asks nobody");
});

test("off loopback a node starts with a key, or with --http-insecure and a warning, else with one sentence", async () => {
  const model = workplace.path("tiny");
  const args = ["start", "--http-port", "0", "--model", model, "--http-host", "0.0.0.0"];
  const refused = await workplace.run(args);
  expect(refused.code).toBe(3);
  expect(refused.stderr.trim().split("\n")).toHaveLength(1);
  expect(refused.stderr).toMatch(/ai-block keys create.*--http-insecure/);
  const open = await startCli(workplace, model, "--http-host", "0.0.0.0", "--http-insecure");
  expect((await fetch(`${urlOf(open)}/v1/models`)).status).toBe(200);
  open.child.kill("SIGTERM");
  expect((await open.result).stderr).toContain("everybody who reaches 0.0.0.0");
  const key = (await workplace.run(["keys", "create"])).stdout.trim();
  const node = await startCli(workplace, model, "--http-host", "0.0.0.0");
  const models = (headers: Record<string, string>) => fetch(`${urlOf(node)}/v1/models`, { headers });
  expect((await models({})).status).toBe(401);
  expect((await models({ authorization: `Bearer ${key}` })).status).toBe(200);
  await workplace.run(["keys", "revoke", key.split("_")[1]!]);
  while ((await models({ authorization: `Bearer ${key}` })).status === 200) await new Promise(setImmediate);
  expect((await models({})).status).toBe(401);
  node.child.kill("SIGTERM");
  const { code, stderr, stdout } = await node.result;
  expect(code).toBe(0);
  expect(stderr).not.toContain("everybody who reaches");
  expect(stderr + stdout).not.toContain(key.slice(-43));
});

test("doctor says who may use the node, before it is started", async () => {
  const access = async (...args: readonly string[]): Promise<string> => {
    const { stdout } = await workplace.run(["doctor", "--json", "--http-port", "0", ...args]);
    const { checks } = JSON.parse(stdout) as { checks: { name: string; result: string; detail: string }[] };
    const { result, detail } = checks.find(({ name }) => name === "access")!;
    return `${result}: ${detail}`;
  };
  const off = ["--http-host", "0.0.0.0"];
  expect(await access()).toMatch(/^ok: programs on this machine/);
  expect(await access(...off)).toMatch(/^failed: everybody.*keys create/);
  expect(await access(...off, "--http-insecure")).toMatch(/^warning: everybody/);
  const id = (await workplace.run(["keys", "create"])).stdout.split("_")[1]!;
  expect(await access(...off)).toBe("ok: whoever has one of 1 API key");
  await workplace.run(["keys", "revoke", id]);
  expect(await access(...off)).toMatch(/^warning: nobody/);
});
