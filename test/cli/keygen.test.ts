import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { command } from "../../src/cli/keygen.ts";
import { toHex } from "../../src/core/bytes.ts";
import { readKeyFile } from "../../src/core/keyFile.ts";
import { Workplace } from "./runCli.ts";

let workplace: Workplace;
beforeAll(async () => {
  workplace = await Workplace.create();
});
afterAll(() => workplace.remove());

test("keygen prints the public key of a new file in the usual place, which only the owner can read", async () => {
  const { code, stdout, stderr } = await workplace.run(["keygen"]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^[0-9a-f]{64}\n$/);
  expect(stderr).toContain(workplace.keyFile);
  expect((await stat(workplace.keyFile)).mode & 0o777).toBe(0o600);
  const key = await readKeyFile(workplace.keyFile, "author");
  expect(toHex(key.publicKey)).toBe(stdout.trim());
  expect(stdout + stderr).not.toContain(toHex(key.privateKey));

  const before = await readFile(workplace.keyFile, "utf8");
  const again = await workplace.run(["keygen"]);
  expect([again.code, again.stdout]).toEqual([5, ""]);
  expect(again.stderr).toContain("a key is never overwritten, name another file with --out");
  expect(await readFile(workplace.keyFile, "utf8")).toBe(before);
});

test("a key of another purpose lies beside the author's, under the passphrase of a file", async () => {
  await writeFile(workplace.path("secret"), "hunter2\n");
  const result = await workplace.run(["keygen", "--purpose", "peer", "--passphrase-file", "secret", "--json"]);
  expect(result.code).toBe(0);
  const file = join(workplace.keyFile, "..", "peer.json");
  const key = await readKeyFile(file, "peer", "hunter2");
  const json: unknown = JSON.parse(result.stdout);
  expect(command.json!.parse(json)).toEqual(json);
  expect(json).toEqual({ publicKey: toHex(key.publicKey), purpose: "peer", file, passphrase: true });
  expect(result.stdout + result.stderr).not.toContain("hunter2");
});

test("--out names another file, and missing folders are made", async () => {
  const { code } = await workplace.run(["keygen", "--out", join("keys", "mine.json")]);
  expect(code).toBe(0);
  expect((await stat(workplace.path("keys"))).mode & 0o777).toBe(0o700);
  expect((await readKeyFile(workplace.path("keys", "mine.json"), "author")).publicKey.length).toBe(32);
});
