/**
 * One command of `ai-block`: what it takes, what it prints, and what it does. Everything that help, documentation and
 * the parser need to know is declared here once; program.ts hands it to the parser.
 */
import type * as z from "zod";
import type { CommandContext } from "./context.ts";
import type { ExitCode, ExitName } from "./exitCodes.ts";
import type { ArgumentValues, CliArguments, CliOptions, OptionValues } from "./option.ts";

export interface Example {
  /** What follows `ai-block`. */
  readonly command: string;
  readonly meaning: string;
}

interface Declaration<A extends CliArguments, O extends CliOptions> {
  /** Whole sentences, shown by `--help`. The one-line summary stands in commands.ts. */
  readonly description: string;
  readonly arguments: A;
  readonly options: O;
  /** Keys of the configuration that matter to this command, for its help. All flags are accepted by all commands. */
  readonly settings: readonly string[];
  readonly examples: readonly Example[];
  /** How it may end besides `ok`, `failed` and `usage`. */
  readonly exits: readonly ExitName[];
  /** What `--json` prints. */
  readonly json?: z.ZodType;
  /** Forms of the JSON files that it writes, by the option that asks for them. */
  readonly files?: Readonly<Record<string, z.ZodType>>;
}

export interface Command extends Declaration<CliArguments, CliOptions> {
  /** `values` have the types of the declaration. Returns how the process ends; default 0. */
  run(context: CommandContext, values: CommandValues<CliArguments, CliOptions>): Promise<ExitCode | undefined>;
}

export interface CommandValues<A extends CliArguments, O extends CliOptions> {
  readonly arguments: ArgumentValues<A>;
  readonly options: OptionValues<O>;
}

/** Declares a command; the types of its values follow from its arguments and options. */
export function defineCommand<const A extends CliArguments, const O extends CliOptions>(
  command: Declaration<A, O> & {
    run(context: CommandContext, values: CommandValues<A, O>): Promise<ExitCode | undefined>;
  },
): Command {
  // The parser makes the values from this same declaration, so they have the types that `run` was declared with.
  return command as unknown as Command;
}
