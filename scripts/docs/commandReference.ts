/** The generated parts of docs/commands.md: every command, and the exit codes. A test compares them. */
import { commandTable } from "../../src/cli/commands.ts";
import type { Command } from "../../src/cli/framework/command.ts";
import type { CommandEntry } from "../../src/cli/framework/commandTable.ts";
import { flagsOf } from "../../src/cli/framework/declaration.ts";
import { EXIT, EXIT_MEANINGS, type ExitName } from "../../src/cli/framework/exitCodes.ts";
import { globalFlags, isShown } from "../../src/cli/framework/settings.ts";
import { jsonShape } from "./jsonShape.ts";

export async function commandReference(): Promise<string> {
  const sections: string[] = [];
  for (const entry of commandTable.commands) sections.push(sectionOf(entry, (await entry.load()).command));
  return sections.join("\n\n");
}

export function exitCodeTable(): string {
  const rows = (Object.keys(EXIT) as ExitName[]).map((name) => `| ${EXIT[name]} | ${EXIT_MEANINGS[name]} |`);
  return ["| code | meaning |", "|---|---|", ...rows].join("\n");
}

function sectionOf(entry: CommandEntry, command: Command): string {
  const examples = command.examples.map(({ command: line, meaning }) => `ai-block ${line}   # ${meaning}`);
  return [
    `### ai-block ${entry.name}`,
    command.description,
    fenced("sh", [usageOf(entry, command)]),
    ...takes(command),
    `Settings that matter: ${settingsOf(command)}.`,
    `Exit codes: ${exitsOf(command)}.`,
    fenced("sh", examples),
    ...(command.json === undefined ? [] : ["With `--json`:", fenced("text", [jsonShape(command.json)])]),
    ...Object.entries(command.files ?? {}).flatMap(([flag, schema]) => [
      `The file of \`${flag}\`:`,
      fenced("text", [jsonShape(schema)]),
    ]),
  ].join("\n\n");
}

function usageOf({ name }: CommandEntry, { arguments: args, options }: Command): string {
  const words = Object.entries(args).map(([argument, { required }]) => (required ? `<${argument}>` : `[${argument}]`));
  return ["ai-block", name, ...words, ...(Object.keys(options).length === 0 ? [] : ["[options]"])].join(" ");
}

function takes({ arguments: args, options }: Command): string[] {
  const rows = [
    ...Object.entries(args).map(([name, { description }]) => [`\`<${name}>\``, description]),
    ...Object.entries(options).map(([key, option]) => {
      const fallback = option.fallbackText === undefined ? "" : ` Default: ${option.fallbackText}.`;
      return [`\`${flagsOf(key, option)}\``, option.description + fallback];
    }),
  ];
  if (rows.length === 0) return [];
  return [
    ["| takes | meaning |", "|---|---|", ...rows.map(([what, meaning]) => `| ${what} | ${meaning} |`)].join("\n"),
  ];
}

function settingsOf({ settings }: Command): string {
  const shown = globalFlags().filter((flag) => isShown(flag, settings));
  return shown.map(({ flags }) => `\`${flags.split(" ")[0]}\``).join(", ");
}

function exitsOf({ exits }: Command): string {
  const codes = (["ok", "failed", "usage", ...exits] as ExitName[]).map((name) => EXIT[name]);
  return [...new Set(codes)].sort((a, b) => a - b).join(", ");
}

const FENCE = "`".repeat(3);

function fenced(language: string, lines: readonly string[]): string {
  return [FENCE + language, ...lines, FENCE].join("\n");
}
