import { readFileSync } from "node:fs";
import { readSection } from "../../../scripts/docs/section.ts";
import { listOptions } from "../../../src/core/config/options.ts";
import { envExample, optionsTable } from "../../../src/core/config/reference.ts";
import { resolveConfig } from "../../../src/core/config/resolve.ts";

const read = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8");

test(".env.example is what the options say: run `node scripts/docs/config.ts` after a change", () => {
  expect(read(".env.example")).toBe(envExample());
});

test("the table in docs/configuration.md is what the options say: run `node scripts/docs/config.ts` after a change", () => {
  expect(readSection(read("docs/configuration.md"), "options")).toBe(optionsTable());
});

test("the example with every comment sign removed is a valid environment that changes nothing", () => {
  const lines = read(".env.example").match(/^#[A-Z_]+=.*$/gm) ?? [];
  const env = Object.fromEntries(lines.map((line) => line.slice(1).split("=", 2) as [string, string]));
  expect(Object.keys(env).length).toBe(listOptions().length + 1);
  const { config, warnings } = resolveConfig({ env });
  expect(config).toEqual(resolveConfig({}).config);
  expect(warnings).toEqual([]);
});
