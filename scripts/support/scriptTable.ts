/** Several scripts under one npm command: `npm run bench -- NAME [options]`. Only the one that is called is loaded. */
import { EXIT } from "../../src/cli/framework/exitCodes.ts";
import { alignColumns } from "../../src/cli/framework/table.ts";
import { usageError } from "../../src/cli/framework/usageError.ts";
import { excerpt } from "../../src/core/bytes.ts";
import { didYouMean } from "../../src/core/nearest.ts";
import { reportMistake, runScript, type Script, type ScriptEnd, type ScriptStreams } from "./script.ts";

export interface ScriptTable<R> {
  /** `npm run bench --`. */
  readonly command: string;
  readonly description: string;
  readonly scripts: ReadonlyMap<string, ScriptEntry<R>>;
}

export interface ScriptEntry<R> {
  /** One line for the list. */
  readonly summary: string;
  readonly load: () => Promise<{ readonly script: Script<R> }>;
}

/** Runs the script that `args` begin with. Throws what goes wrong in the script itself. */
export async function runFromTable<R>(
  table: ScriptTable<R>,
  [name = "", ...args]: readonly string[],
  streams: ScriptStreams = process,
): Promise<ScriptEnd<R> & { readonly name: string }> {
  if (name === "--help" || name === "-h") {
    streams.stdout.write(helpOf(table));
    return { name, exit: EXIT.ok };
  }
  const entry = table.scripts.get(name);
  if (entry === undefined) return { name, exit: reportMistake(unknownName(table, name), streams.stderr) };
  const { script } = await entry.load();
  return { name, ...(await runScript(`${table.command} ${name}`, script, args, streams)) };
}

function unknownName({ command, scripts }: ScriptTable<unknown>, name: string): Error {
  const names = [...scripts.keys()];
  const got = name === "" ? "nothing" : `${excerpt(name)}${didYouMean(name, names)}`;
  return usageError(`${command}: expected one of ${names.join(", ")}, got ${got}`);
}

function helpOf({ command, description, scripts }: ScriptTable<unknown>): string {
  return [
    `Usage: ${command} NAME [options]`,
    "",
    description,
    "",
    "Names:",
    ...alignColumns([...scripts].map(([name, { summary }]) => [`  ${name}`, summary])),
    "",
    `Options of one: ${command} NAME --help`,
    "",
  ].join("\n");
}
