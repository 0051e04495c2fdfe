import { readFileSync } from "node:fs";
import { join } from "node:path";
import { commandReference, exitCodeTable } from "../../scripts/docs/commandReference.ts";
import { readSection } from "../../scripts/docs/section.ts";
import { commandTable } from "../../src/cli/commands.ts";
import { flagOf } from "../../src/cli/framework/option.ts";
import { globalFlags } from "../../src/cli/framework/settings.ts";
import { listOptions } from "../../src/core/config/options.ts";
import { ROOT } from "../sourceFiles.ts";

const page = readFileSync(join(ROOT, "docs", "commands.md"), "utf8");
const commands = await Promise.all(
  commandTable.commands.map(async (entry) => ({ ...entry, ...(await entry.load()).command })),
);

test("docs/commands.md is what the commands say: run `node scripts/docs/commands.ts` after a change", async () => {
  expect(readSection(page, "commands")).toBe(await commandReference());
  expect(readSection(page, "exit codes")).toBe(exitCodeTable());
});

test("every setting is a flag of every command, and no command takes one away", () => {
  const global = globalFlags().map(({ flags }) => flags.split(" ")[0]);
  for (const { flag } of listOptions()) expect(global).toContain(flag);
  for (const { name, options } of commands) {
    const own = Object.keys(options).map(flagOf);
    expect([name, own.filter((flag) => global.includes(flag))]).toEqual([name, []]);
  }
});

test("the settings that a command names are settings", () => {
  const keys = listOptions().map(({ key }) => key);
  for (const { name, settings } of commands) {
    expect([name, settings.filter((key) => !keys.includes(key))]).toEqual([name, []]);
  }
});

test("every example begins with its command and uses options that there are", () => {
  const global = globalFlags().map(({ flags }) => flags.split(" ")[0]);
  for (const { name, examples, options } of commands) {
    const own = Object.entries(options).flatMap(([key, { short }]) => [flagOf(key), `-${short}`]);
    expect(examples.length).toBeGreaterThan(0);
    for (const { command } of examples) {
      expect(command.startsWith(name)).toBe(true);
      const flags = command.split(" ").filter((word) => word.startsWith("-"));
      expect([command, flags.filter((flag) => !own.includes(flag) && !global.includes(flag))]).toEqual([command, []]);
    }
  }
});

test("every command says what --json prints", () => {
  for (const { name, json, options } of commands) {
    expect([name, json !== undefined, "json" in options]).toEqual([name, true, true]);
  }
});
