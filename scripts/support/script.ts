/**
 * What a script for developers takes, declared once: its help, its mistakes and its values follow from that. Options are
 * those of `ai-block`; scripts take nothing else.
 */
import { Command as Parser } from "commander";
import { addTaken, defaultOf, valuesOf } from "../../src/cli/framework/declaration.ts";
import { describeError } from "../../src/cli/framework/errorReport.ts";
import { EXIT, type ExitCode, exitCodeOf } from "../../src/cli/framework/exitCodes.ts";
import { type CliOption, type CliOptions, integerOption, type OptionValues } from "../../src/cli/framework/option.ts";
import { ParserError, translateParserError } from "../../src/cli/framework/translateParserError.ts";
import { usageError } from "../../src/cli/framework/usageError.ts";
import { excerpt } from "../../src/core/bytes.ts";

export interface Script<R> {
  /** Whole sentences: what it does or measures. */
  readonly description: string;
  readonly options: CliOptions;
  /** `values` have the types of the declaration. Throws `usage` for a mistake that only it can find. */
  run(values: OptionValues<CliOptions>): Promise<R>;
}

export interface ScriptStreams {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

/** How the process ends: with a result, after the help with 0, after a mistake with 2, with a model that cannot be read 6. */
export interface ScriptEnd<R> {
  readonly exit: ExitCode;
  readonly result?: R;
}

/** Declares a script; the types of its values follow from its options. */
export function defineScript<R, const O extends CliOptions>(script: {
  readonly description: string;
  readonly options: O;
  run(values: OptionValues<O>): Promise<R>;
}): Script<R> {
  // The parser makes the values from this same declaration, so they have the types that `run` was declared with.
  return script as unknown as Script<R>;
}

/** Runs `script` with `args`; `name` is how it was called. Throws what goes wrong in the script itself. */
export async function runScript<R>(
  name: string,
  script: Script<R>,
  args: readonly string[],
  streams: ScriptStreams = process,
): Promise<ScriptEnd<R>> {
  const parser = parserOf(name, script, streams);
  try {
    parser.parse(args, { from: "user" });
    const { options } = valuesOf(parser, { arguments: {}, options: script.options });
    return { exit: EXIT.ok, result: await script.run(options) };
  } catch (error) {
    return { exit: endOf(error, streams) };
  }
}

/** How a script ends that has thrown `error`, if what it was given is to blame, which is then said. Throws other errors. */
function endOf(error: unknown, { stderr }: ScriptStreams): ExitCode {
  try {
    return translateParserError(error);
  } catch (translated) {
    const exit = exitCodeOf(translated);
    if (exit !== EXIT.usage && exit !== EXIT.verification) throw translated;
    return reportMistake(translated, stderr);
  }
}

/** Says in a sentence what is wrong with the command line, or with a file that it names. */
export function reportMistake(error: unknown, stderr: NodeJS.WriteStream): ExitCode {
  stderr.write(describeError(error, stderr, false));
  return exitCodeOf(error);
}

function parserOf(name: string, script: Script<unknown>, { stdout, stderr }: ScriptStreams): Parser {
  const parser = new Parser(name).description(script.description).helpOption("-h, --help", "Print this help.");
  addTaken(parser, { arguments: {}, options: script.options });
  parser.configureOutput({
    writeOut: (text) => stdout.write(text),
    writeErr: (text) => stderr.write(text),
    outputError: () => undefined,
  });
  parser.configureHelp({
    optionDescription: ({ long, description }) => description + defaultOf(script, long),
  });
  // Without an action the parser would take any argument.
  return parser
    .action(() => undefined)
    .exitOverride((error) => {
      throw new ParserError(parser, error);
    });
}

/** One or more of `choices`, with commas between them; `fallback` when none is named, by default all. */
export function choicesOption<const T extends string>(
  description: string,
  value: string,
  choices: readonly T[],
  fallback = choices,
): CliOption<readonly T[], readonly T[]> {
  const parse = (text: string, name: string): readonly T[] => {
    const chosen = choices.filter((choice) => text.split(",").includes(choice));
    const unknown = text.split(",").find((each) => !choices.some((choice) => choice === each));
    if (unknown === undefined) return chosen;
    throw usageError(
      `${name}: expected one or more of ${choices.join(", ")} with a comma between them, got ${excerpt(unknown)}`,
    );
  };
  const fallbackText = fallback === choices ? "all" : fallback.join();
  return {
    description: `${description} One or more of ${choices.join(", ")}, with a comma between them.`,
    value,
    parse,
    fallback,
    fallbackText,
  };
}

/** What random inputs follow from: the same seed makes the same ones again. */
export const seedOption = integerOption("The same seed makes the same random numbers again.", 0, 999_999_999);
