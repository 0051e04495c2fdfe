import { execFileSync } from "node:child_process";
import { chmod, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { toHex } from "../../src/core/bytes.ts";
import { generateKeyPair } from "../../src/core/ed25519.ts";
import { errorMessage } from "../../src/core/errors.ts";
import { createKeyFile, needsPassphrase, readKeyFile, readPublicKey } from "../../src/core/keyFile.ts";
import { withTemporaryFolder } from "./temporaryFolder.ts";

const PASSPHRASE = "correct horse";

test("a key comes back from its file, in plain and under a passphrase", () =>
  withTemporaryFolder(async (folder) => {
    const [plain, sealed] = [join(folder, "keys", "plain.json"), join(folder, "keys", "sealed.json")];
    const keyPair = generateKeyPair();
    await createKeyFile(plain, "author", keyPair);
    await createKeyFile(sealed, "author", keyPair, PASSPHRASE);
    expect(await readKeyFile(plain, "author")).toEqual(keyPair);
    expect(await readKeyFile(sealed, "author", PASSPHRASE)).toEqual(keyPair);
    expect(await needsPassphrase(plain)).toBe(false);
    expect(await needsPassphrase(sealed)).toBe(true);
    for (const path of [plain, sealed]) expect(await readPublicKey(path, "author")).toEqual(keyPair.publicKey);
    await expect(readPublicKey(plain, "peer")).rejects.toMatchObject({ code: "key_file_purpose" });
    expect(await readFile(sealed, "utf8")).not.toContain(toHex(keyPair.privateKey));
  }));

test("a passphrase is the same in composed and decomposed Unicode", () =>
  withTemporaryFolder(async (folder) => {
    const keyPair = generateKeyPair();
    await createKeyFile(join(folder, "key"), "peer", keyPair, "caf\u00e9");
    expect(await readKeyFile(join(folder, "key"), "peer", "cafe\u0301")).toEqual(keyPair);
  }));

test("the file has mode 0600, and its new folder 0700", () =>
  withTemporaryFolder(async (folder) => {
    const path = join(folder, "keys", "author.json");
    await createKeyFile(path, "author", generateKeyPair());
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, "keys"))).mode & 0o777).toBe(0o700);
    expect(await readdir(join(folder, "keys"))).toEqual(["author.json"]);
  }));

test.each([0o640, 0o604, 0o610, 0o601, 0o620, 0o602, 0o644, 0o777])("a key file with mode %o is refused", (mode) =>
  withTemporaryFolder(async (folder) => {
    const path = join(folder, "key");
    await createKeyFile(path, "author", generateKeyPair());
    await chmod(path, mode);
    await expect(readKeyFile(path, "author")).rejects.toMatchObject({
      code: "key_file_permissions",
      message: expect.stringContaining(`0${mode.toString(8)}`),
    });
  }),
);

test("a stricter mode is fine, and so is a link to a private file", () =>
  withTemporaryFolder(async (folder) => {
    const keyPair = generateKeyPair();
    await createKeyFile(join(folder, "key"), "author", keyPair);
    await chmod(join(folder, "key"), 0o400);
    await symlink(join(folder, "key"), join(folder, "link"));
    expect(await readKeyFile(join(folder, "link"), "author")).toEqual(keyPair);
  }));

test("an existing key is never overwritten", () =>
  withTemporaryFolder(async (folder) => {
    const path = join(folder, "key");
    const keyPair = generateKeyPair();
    await createKeyFile(path, "author", keyPair);
    await expect(createKeyFile(path, "author", generateKeyPair())).rejects.toMatchObject({ code: "file_exists" });
    expect(await readKeyFile(path, "author")).toEqual(keyPair);
  }));

test("wrong passphrase, no passphrase, an empty one, wrong purpose and no file each have a code", () =>
  withTemporaryFolder(async (folder) => {
    const path = join(folder, "key");
    await createKeyFile(path, "ledger", generateKeyPair(), PASSPHRASE);
    await expect(readKeyFile(path, "ledger", "wrong")).rejects.toMatchObject({ code: "wrong_passphrase" });
    await expect(readKeyFile(path, "ledger")).rejects.toMatchObject({ code: "passphrase_required" });
    await expect(readKeyFile(path, "peer", PASSPHRASE)).rejects.toMatchObject({ code: "key_file_purpose" });
    await expect(readKeyFile(join(folder, "none"), "peer")).rejects.toMatchObject({ code: "key_file_missing" });
    const empty = createKeyFile(join(folder, "other"), "peer", generateKeyPair(), "");
    await expect(empty).rejects.toMatchObject({ code: "bad_argument" });
  }));

test("a sealed key moved under another public key or purpose does not open", () =>
  withTemporaryFolder(async (folder) => {
    const path = join(folder, "key");
    await createKeyFile(path, "author", generateKeyPair(), PASSPHRASE);
    const file = JSON.parse(await readFile(path, "utf8")) as Record<string, unknown>;
    await writeFile(path, JSON.stringify({ ...file, purpose: "peer" }));
    await expect(readKeyFile(path, "peer", PASSPHRASE)).rejects.toMatchObject({ code: "wrong_passphrase" });
    await writeFile(path, JSON.stringify({ ...file, publicKey: toHex(generateKeyPair().publicKey) }));
    await expect(readKeyFile(path, "author", PASSPHRASE)).rejects.toMatchObject({ code: "wrong_passphrase" });
  }));

test("files that are no key files are refused without showing the key", () =>
  withTemporaryFolder(async (folder) => {
    const path = join(folder, "key");
    await createKeyFile(path, "author", generateKeyPair());
    const text = await readFile(path, "utf8");
    const file = JSON.parse(text) as Record<string, unknown>;
    const secret = String(file.privateKey);
    const other = toHex(generateKeyPair().publicKey);
    const hostile = [
      "",
      text.slice(0, -5),
      `${secret}`,
      JSON.stringify({ ...file, version: 2 }),
      JSON.stringify({ ...file, version: 0 }),
      JSON.stringify({ ...file, extra: 1 }),
      JSON.stringify({ ...file, privateKey: secret.toUpperCase() }),
      JSON.stringify({ ...file, privateKey: secret.slice(2) }),
      JSON.stringify({ ...file, publicKey: other }),
      JSON.stringify([file]),
      "null",
      text + " ".repeat(5000),
    ];
    for (const content of hostile) {
      await writeFile(path, content);
      const error: unknown = await readKeyFile(path, "author").catch((caught: unknown) => caught);
      expect(error).toMatchObject({ code: "bad_key_file" });
      expect(JSON.stringify(error) + errorMessage(error) + (error as Error).stack).not.toContain(secret.slice(0, 16));
    }
  }));

test("a file that asks for other scrypt costs is refused", () =>
  withTemporaryFolder(async (folder) => {
    const path = join(folder, "key");
    await createKeyFile(path, "author", generateKeyPair(), PASSPHRASE);
    const file = JSON.parse(await readFile(path, "utf8")) as { sealed: object };
    await writeFile(path, JSON.stringify({ ...file, sealed: { ...file.sealed, n: 2 ** 40 } }));
    await expect(readKeyFile(path, "author", PASSPHRASE)).rejects.toMatchObject({ code: "bad_key_file" });
  }));

test("folders, devices and pipes are refused at once", () =>
  withTemporaryFolder(async (folder) => {
    await chmod(folder, 0o700);
    await expect(readKeyFile(folder, "author")).rejects.toMatchObject({ code: "bad_key_file" });
    await expect(readKeyFile("/dev/null", "author")).rejects.toMatchObject({ code: "bad_key_file" });
    execFileSync("mkfifo", ["-m", "600", join(folder, "pipe")]);
    await expect(readKeyFile(join(folder, "pipe"), "author")).rejects.toMatchObject({ code: "bad_key_file" });
  }));
