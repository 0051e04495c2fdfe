/** What `--help` shows: the parser's own layout, and below it the examples and exit codes of the command. */
import type { Command as Parser } from "commander";
import type { Command } from "./command.ts";
import type { CommandEntry } from "./commandTable.ts";
import { defaultOf } from "./declaration.ts";
import { EXIT, EXIT_MEANINGS, type ExitName } from "./exitCodes.ts";
import { globalFlags, isShown } from "./settings.ts";
import { paint } from "./style.ts";
import { alignColumns } from "./table.ts";
import { ParserError, pathOf } from "./translateParserError.ts";

export interface HelpStreams {
  readonly out: NodeJS.WriteStream;
  readonly err: NodeJS.WriteStream;
}

/** For the program, the groups and the commands alike. */
export function setUpHelp(parser: Parser, { out, err }: HelpStreams): void {
  const isRoot = parser.parent === null;
  parser.helpCommand(false).helpOption("-h, --help", "Print this help.");
  parser.configureOutput({
    writeOut: (text) => out.write(text),
    writeErr: (text) => err.write(text),
    outputError: () => undefined,
    // Colours are decided by paint() when the text is made.
    getOutHasColors: () => true,
    getErrHasColors: () => true,
  });
  parser.configureHelp({
    styleTitle: (text) => paint("bold", text, out),
    visibleCommands: (of) => (isRoot ? leavesOf(of) : [...of.commands]),
    subcommandTerm: (of) => pathOf(of).slice("ai-block ".length),
  });
  parser.exitOverride((error) => {
    throw new ParserError(parser, error);
  });
  if (isRoot) parser.addHelpText("after", rootText);
}

/** For a command that has been loaded. */
export function setUpLeafHelp(parser: Parser, entry: CommandEntry, command: Command): void {
  const shown = new Set(
    globalFlags()
      .filter((flag) => isShown(flag, command.settings))
      .map(({ flags }) => flags),
  );
  parser.configureHelp({
    ...parser.configureHelp(),
    showGlobalOptions: true,
    visibleGlobalOptions: () => rootOf(parser).options.filter(({ flags }) => shown.has(flags)),
    optionDescription: ({ long, description }) => description + defaultOf(command, long),
  });
  parser.addHelpText("after", () => leafText(entry, command));
}

function leafText({ name }: CommandEntry, { examples, exits }: Command): string {
  const rows = examples.map(({ command, meaning }) => [`  ai-block ${command}`, meaning]);
  return [
    "",
    title("Examples:"),
    ...alignColumns(rows),
    "",
    title("Exit codes:"),
    ...alignColumns(exitRows(["ok", "failed", "usage", ...exits])),
    "",
    `More: docs/commands.md, section "ai-block ${name}".`,
  ].join("\n");
}

function rootText(): string {
  return ["", title("Exit codes:"), ...alignColumns(exitRows(Object.keys(EXIT) as ExitName[]))].join("\n");
}

function exitRows(names: readonly ExitName[]): string[][] {
  const inOrder = [...new Set(names)].sort((a, b) => EXIT[a] - EXIT[b]);
  return inOrder.map((name) => [`  ${EXIT[name]}`, EXIT_MEANINGS[name]]);
}

function title(text: string): string {
  return paint("bold", text, process.stdout);
}

function leavesOf(parser: Parser): Parser[] {
  return parser.commands.flatMap((each) => (each.commands.length === 0 ? [each] : leavesOf(each)));
}

function rootOf(parser: Parser): Parser {
  return parser.parent === null ? parser : rootOf(parser.parent);
}
