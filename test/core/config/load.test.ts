import { mkdir, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { defaultDataFolder, isCheckout } from "../../../src/core/config/folders.ts";
import { loadConfig } from "../../../src/core/config/load.ts";
import { errorMessage } from "../../../src/core/errors.ts";
import { withTemporaryFolder } from "../temporaryFolder.ts";

test("the file is the one of --config, else of AI_BLOCK_CONFIG, else the one in $XDG_CONFIG_HOME", () =>
  withTemporaryFolder(async (folder) => {
    await mkdir(join(folder, "ai-block"));
    const [flagFile, variableFile] = [join(folder, "flag.json"), join(folder, "variable.json")];
    await writeFile(flagFile, '{"network":"by-flag"}');
    await writeFile(variableFile, '{"network":"by-variable"}');
    await writeFile(join(folder, "ai-block", "config.json"), '{"network":"by-xdg"}');
    const network = (flags: object, env: object): string =>
      loadConfig({ flags: { ...flags }, env: { XDG_CONFIG_HOME: folder, ...env } }).config.network;
    expect(network({ config: flagFile }, { AI_BLOCK_CONFIG: variableFile })).toBe("by-flag");
    expect(network({}, { AI_BLOCK_CONFIG: variableFile })).toBe("by-variable");
    expect(network({}, {})).toBe("by-xdg");
    expect(network({}, { XDG_CONFIG_HOME: join(folder, "empty") })).toBe("main");
  }));

test("a file that was named must exist and be JSON; the error does not quote it", () =>
  withTemporaryFolder(async (folder) => {
    const file = join(folder, "config.json");
    const load = (): unknown => loadConfig({ flags: { config: file }, env: {} });
    expect(load).toThrow(expect.objectContaining({ code: "config_file_missing" }));
    for (const text of ['{"passphrase":"hunter2"', '{"passphrase":hunter2}', "hunter2"]) {
      await writeFile(file, text);
      expect(load).toThrow(expect.objectContaining({ code: "bad_config_file" }));
      expect(messageOf(load)).not.toContain("hunter2");
      expect(messageOf(load)).toContain(file);
    }
    await writeFile(file, " ".repeat(2 ** 20 + 1));
    expect(load).toThrow(expect.objectContaining({ code: "bad_config_file" }));
  }));

test("data goes into the checkout, or by XDG when installed, and each network has a folder of its own", () => {
  expect(isCheckout()).toBe(true);
  const installed = "/usr/lib/node_modules/ai-block/";
  const folder = (env: Record<string, string>): string => defaultDataFolder({ env, network: "test" }, installed);
  expect(folder({ XDG_DATA_HOME: "/xdg" })).toBe("/xdg/ai-block/test");
  expect(folder({ XDG_DATA_HOME: "relative" })).toBe(join(homedir(), ".local/share/ai-block/test"));
  expect(folder({})).toBe(join(homedir(), ".local/share/ai-block/test"));
  expect(defaultDataFolder({ env: { XDG_DATA_HOME: "/xdg" }, network: "test" }, "/src/ai-block/")).toBe(
    "/src/ai-block/data/node/test",
  );
});

test("the key file's default lies with the configuration, under the network's name", () => {
  const { config } = loadConfig({ flags: { network: "lab" }, env: { XDG_CONFIG_HOME: "/nowhere" } });
  expect(config.keyFile).toBe("/nowhere/ai-block/lab/author.json");
});

function messageOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return errorMessage(error);
  }
  throw new Error("expected an error, got none");
}
