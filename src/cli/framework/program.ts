/**
 * The parser: commander, fed from the table of commands. Of the commands only the one that is called is loaded, so that
 * starting `ai-block version` does not cost what the engine of `ai-block run` costs.
 */
import { Command as Parser } from "commander";
import type { Command } from "./command.ts";
import type { CommandEntry, CommandTable } from "./commandTable.ts";
import type { CommandContext } from "./context.ts";
import { addTaken, valuesOf } from "./declaration.ts";
import type { ExitCode } from "./exitCodes.ts";
import { setUpHelp, setUpLeafHelp } from "./help.ts";
import { globalFlags, parserOption, withSwitchValues } from "./settings.ts";
import { switchColorsOff } from "./style.ts";
import { translateParserError } from "./translateParserError.ts";

export interface ProgramOptions {
  readonly table: CommandTable;
  readonly version: string;
  readonly out: NodeJS.WriteStream;
  readonly err: NodeJS.WriteStream;
  /** `flags` are the global ones that were given, by attribute name. */
  readonly createContext: (flags: Readonly<Record<string, unknown>>) => CommandContext;
}

/** Parses `args` (without program and script) and runs the command they name. Throws what the command throws, or `usage`. */
export async function runProgram(args: readonly string[], options: ProgramOptions): Promise<ExitCode | undefined> {
  let exit: ExitCode | undefined;
  const root = new Parser("ai-block").description(options.table.description);
  root.version(options.version, "-V, --version", "Print the version.");
  for (const flag of globalFlags()) root.addOption(parserOption(flag));
  root.on("option:no-color", () => switchColorsOff());
  const entries = new Map<Parser, CommandEntry>();
  for (const entry of options.table.commands) entries.set(addEntry(root, entry, options.table), entry);
  for (const parser of [root, ...root.commands, ...entries.keys()]) {
    setUpHelp(parser, options);
    parser.hook("preSubcommand", async (_parent, called) => {
      const entry = entries.get(called);
      if (entry === undefined) return;
      const { command } = await entry.load();
      addLeaf(called, entry, command);
      called.action(async () => {
        exit = await command.run(options.createContext(root.opts()), valuesOf(called, command));
      });
    });
  }
  try {
    await root.parseAsync(withSwitchValues(helpAsFlag(args)), { from: "user" });
  } catch (error) {
    return translateParserError(error);
  }
  return exit;
}

/** The parser of `entry`, without its options yet; the groups above it are made on the way. */
function addEntry(root: Parser, entry: CommandEntry, table: CommandTable): Parser {
  const words = entry.name.split(" ");
  const last = words.pop() as string;
  let parent = root;
  for (const word of words) {
    const known = parent.commands.find((each) => each.name() === word);
    parent = known ?? parent.command(word).description(table.groups[word] ?? "");
  }
  return parent.command(last).summary(entry.summary).helpOption("-h, --help", "Print this help.");
}

function addLeaf(parser: Parser, entry: CommandEntry, command: Command): void {
  parser.description(command.description);
  addTaken(parser, command);
  setUpLeafHelp(parser, entry, command);
}

/** `help chain ls` means `chain ls --help`; nothing at all means `--help`. */
function helpAsFlag(args: readonly string[]): string[] {
  if (args.length === 0) return ["--help"];
  return args[0] === "help" ? [...args.slice(1), "--help"] : [...args];
}
