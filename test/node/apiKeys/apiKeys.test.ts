/** API keys on disk, and how a running node follows them. */
import { chmod, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { manualClock, systemClock } from "../../../src/core/clock.ts";
import { errorCode } from "../../../src/core/errors.ts";
import { addApiKey, readApiKeys, revokeApiKey } from "../../../src/node/apiKeys/apiKeyFolder.ts";
import { readLastUsed } from "../../../src/node/apiKeys/lastUsed.ts";
import { NodeApiKeys } from "../../../src/node/apiKeys/nodeApiKeys.ts";
import { silentLog, withFolder } from "../support.ts";

const chat = { scopes: ["chat"] as const, name: "laptop", account: undefined, nowMs: 1000 };

async function withKeys<T>(folder: string, use: (keys: NodeApiKeys) => Promise<T>, clock = systemClock): Promise<T> {
  const options = { folder: join(folder, "api-keys"), dataDir: folder, clock, log: silentLog(), pollMs: 3_600_000 };
  const keys = await NodeApiKeys.open(options);
  try {
    return await use(keys);
  } finally {
    await keys.close();
  }
}

test("a key is in no file: only its hash is, and only its owner can read that", () =>
  withFolder(async (folder) => {
    const { text, entry } = await addApiKey(join(folder, "api-keys"), chat);
    const secret = text.split("_").slice(2).join("_");
    const file = join(folder, "api-keys", `${entry.id}.json`);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, "api-keys"))).mode & 0o777).toBe(0o700);
    expect(await readFile(file, "utf8")).not.toContain(secret);
    expect(await readdir(join(folder, "api-keys"))).toEqual([`${entry.id}.json`]);
    await withKeys(folder, async ({ keys }) => {
      expect(keys.find(text)).toEqual(entry);
      expect(keys.find(`${text.slice(0, -1)}${text.endsWith("A") ? "B" : "A"}`)).toBeUndefined();
    });
  }));

test("50 keys made and 25 revoked at the same time: exactly the others are left", () =>
  withFolder(async (folder) => {
    const made = await Promise.all(Array.from({ length: 50 }, () => addApiKey(folder, chat)));
    const [gone, left] = [made.slice(0, 25), made.slice(25)];
    await Promise.all(gone.map(({ entry }) => revokeApiKey(folder, entry.id)));
    const ids = (await readApiKeys(folder))!.entries.map(({ id }) => id).sort();
    expect(ids).toEqual(left.map(({ entry }) => entry.id).sort());
    for (const id of [gone[0]!.entry.id, "../peer", "", "0123456789abcdef"]) {
      expect(await revokeApiKey(folder, id).catch(errorCode)).toBe("api_key_unknown");
    }
  }));

test("a running node follows the folder, and never opens: not when the last key goes, not when the folder does", () =>
  withFolder(async (folder) => {
    const place = join(folder, "api-keys");
    await withKeys(folder, async (node) => {
      expect(node.keys.required).toBe(false);
      const first = await addApiKey(place, chat);
      await node.look();
      expect([node.keys.required, node.keys.find(first.text)?.id]).toEqual([true, first.entry.id]);
      const second = await addApiKey(place, chat);
      await revokeApiKey(place, first.entry.id);
      await node.look();
      expect([node.keys.find(first.text), node.keys.find(second.text)?.id]).toEqual([undefined, second.entry.id]);
      await revokeApiKey(place, second.entry.id);
      await node.look();
      expect([node.keys.required, node.keys.size]).toEqual([true, 0]);
      await rm(place, { recursive: true });
      await node.look();
      expect(node.keys.required).toBe(true);
    });
    // A new start without the folder asks nobody.
    await withKeys(folder, async ({ keys }) => expect(keys.required).toBe(false));
  }));

test("a file that others may read, or that is no key, stops a start, and stops nobody from revoking", () =>
  withFolder(async (folder) => {
    const place = join(folder, "api-keys");
    const kept = await addApiKey(place, chat);
    const open = await addApiKey(place, chat);
    const file = join(place, `${open.entry.id}.json`);
    await withKeys(folder, async (node) => {
      await chmod(file, 0o644);
      await writeFile(join(place, "00000000.json"), "{}", { mode: 0o600 });
      await revokeApiKey(place, kept.entry.id);
      await node.look();
      expect([node.keys.find(kept.text), node.keys.find(open.text)]).toEqual([undefined, undefined]);
    });
    expect(await withKeys(folder, async () => "started").catch(errorCode)).toMatch(
      /^(key_file_permissions|bad_api_key_entry)$/,
    );
    await rm(join(place, "00000000.json"));
    expect(await withKeys(folder, async () => "started").catch(errorCode)).toBe("key_file_permissions");
    await chmod(file, 0o600);
    // Another key's file under this name would revoke nothing when its own id is revoked.
    const text = await readFile(file, "utf8");
    await writeFile(file, text.replace(open.entry.id, "0123456789abcdef"));
    expect(await withKeys(folder, async () => "started").catch(errorCode)).toBe("bad_api_key_entry");
    await writeFile(file, text);
    await withKeys(folder, async ({ keys }) => expect(keys.find(open.text)?.id).toBe(open.entry.id));
  }));

test("when a key was last shown is known after a restart; a wrong one is not counted", () =>
  withFolder(async (folder) => {
    const { text, entry } = await addApiKey(join(folder, "api-keys"), chat);
    const other = await addApiKey(join(folder, "api-keys"), chat);
    const clock = manualClock(5000);
    await withKeys(
      folder,
      async ({ keys }) => {
        keys.find(text);
        keys.find(`moe_${other.entry.id}_${"A".repeat(43)}`);
      },
      clock,
    );
    expect(await readLastUsed(folder)).toEqual(new Map([[entry.id, 5000]]));
    // Reading it again loses nothing.
    await withKeys(folder, async ({ keys }) => void keys.find(other.text), manualClock(9000));
    expect(await readLastUsed(folder)).toEqual(
      new Map([
        [entry.id, 5000],
        [other.entry.id, 9000],
      ]),
    );
  }));
