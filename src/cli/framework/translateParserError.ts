/**
 * Turns the parser's errors into our sentences: what was expected, what came, the nearest match, and where to read on.
 * The parser says what is wrong by its codes; the word in question stands between quotes in its message.
 */
import type { CommanderError, Command as Parser } from "commander";
import { excerpt } from "../../core/bytes.ts";
import { didYouMean } from "../../core/nearest.ts";
import { EXIT, type ExitCode } from "./exitCodes.ts";
import { usageError } from "./usageError.ts";

/** Help or the version was printed instead of running a command. */
const PRINTED = new Set(["commander.help", "commander.helpDisplayed", "commander.version"]);

/** A parser's error and the command in whose line the mistake is. */
export class ParserError extends Error {
  readonly parser: Parser;
  readonly error: CommanderError;

  constructor(parser: Parser, error: CommanderError) {
    super(error.message);
    this.parser = parser;
    this.error = error;
  }
}

/**
 * How the process ends when the parser has printed the help that somebody asked for, or that he needs because he named
 * a group without a command. Throws `usage` for a mistake, and what is not the parser's as it is.
 */
export function translateParserError(error: unknown): ExitCode {
  if (!(error instanceof ParserError)) throw error;
  const { parser } = error;
  const { code, message, exitCode } = error.error;
  if (PRINTED.has(code)) return exitCode === 0 ? EXIT.ok : EXIT.usage;
  throw usageError(`${sentence(parser, code, message)}; run "${pathOf(parser)} --help"`);
}

/** `ai-block chain ls`. */
export function pathOf(parser: Parser): string {
  return parser.parent === null ? parser.name() : `${pathOf(parser.parent)} ${parser.name()}`;
}

function sentence(parser: Parser, code: string, message: string): string {
  const word = /'([^']*)'/.exec(message)?.[1] ?? "";
  switch (code) {
    case "commander.unknownOption": {
      const flag = word.split("=", 1)[0] as string;
      return `there is no option ${excerpt(flag)}${didYouMean(flag, flagsKnownTo(parser))}`;
    }
    case "commander.unknownCommand":
      return `there is no command ${excerpt(word)}${didYouMean(
        word,
        parser.commands.map((each) => each.name()),
      )}`;
    case "commander.missingArgument":
      return `${word}: expected a value, got none`;
    case "commander.optionMissingArgument":
      return `${word.split(" ")[0]}: expected a value after it (${word}), got none`;
    case "commander.excessArguments": {
      const most = parser.registeredArguments.length;
      const expected = most === 0 ? "no arguments" : most === 1 ? "one argument" : `${most} arguments`;
      return `expected ${expected}, got ${parser.args.map((each) => excerpt(each)).join(" ")}`;
    }
    default:
      return message.replace(/^error: /, "");
  }
}

function flagsKnownTo(parser: Parser): string[] {
  const own = [...parser.options.flatMap(({ long, short }) => [long, short]), "--help"];
  const above = parser.parent === null ? [] : flagsKnownTo(parser.parent);
  return [...own.filter((flag) => flag !== undefined), ...above];
}
