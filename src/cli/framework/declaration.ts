/** What a declaration of arguments and options is to the parser, and the values that the parser has found for it. */
import { Argument, Option, type Command as Parser } from "commander";
import { type CliArguments, type CliOption, type CliOptions, flagOf } from "./option.ts";

export interface Taken {
  readonly arguments: CliArguments;
  readonly options: CliOptions;
}

/** Has `parser` take them. */
export function addTaken(parser: Parser, { arguments: args, options }: Taken): void {
  for (const [name, { description, required }] of Object.entries(args)) {
    parser.addArgument(new Argument(required ? `<${name}>` : `[${name}]`, description));
  }
  for (const [key, option] of Object.entries(options)) {
    const parserOption = new Option(flagsOf(key, option), option.description);
    if (option.value !== undefined) {
      parserOption.argParser((text: string, previous: unknown) => option.parse(text, flagOf(key), previous));
    }
    parser.addOption(parserOption);
  }
}

/** `-q, --quiet` or `--limit <n>`. */
export function flagsOf(key: string, { short, value }: CliOption<unknown, unknown>): string {
  return `${short === undefined ? "" : `-${short}, `}${flagOf(key)}${value === undefined ? "" : ` <${value}>`}`;
}

/** What stands behind the description of the option with the flag `long` in the help: ` Default: 5.`, or nothing. */
export function defaultOf({ options }: Pick<Taken, "options">, long: string | undefined): string {
  const option = Object.entries(options).find(([key]) => flagOf(key) === long)?.[1];
  return option?.fallbackText === undefined ? "" : ` Default: ${option.fallbackText}.`;
}

/** The values that `parser` has found, with the fallbacks of the others. Throws `usage`. */
export function valuesOf(parser: Parser, taken: Taken) {
  const options = Object.entries(taken.options).map(([key, { fallback }]) => {
    const option = parser.options.find(({ long }) => long === flagOf(key)) as Option;
    const given: unknown = parser.getOptionValue(option.attributeName());
    // The parser takes `--no-payloads` for a `payloads` that is true until it is given.
    return [key, option.negate ? given === false : (given ?? fallback)];
  });
  const args = Object.entries(taken.arguments).map(([name, argument], i) => {
    const text: unknown = parser.processedArgs[i];
    return [name, typeof text === "string" ? argument.parse(text, name) : undefined];
  });
  return { arguments: Object.fromEntries(args), options: Object.fromEntries(options) };
}
