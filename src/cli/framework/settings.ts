/** The flags that every command accepts: one for each configuration option, and a few of the command line's own. */
import { Option } from "commander";
import { listOptions, type OptionEntry } from "../../core/config/options.ts";
import { CONFIG_FILE_VARIABLE } from "../../core/config/resolve.ts";

export interface GlobalFlag {
  /** As the parser takes it: `--data-dir <path>`. */
  readonly flags: string;
  readonly description: string;
  /** Key of the configuration option; none for a flag of the command line's own. */
  readonly key?: string;
}

const OWN_FLAGS: readonly GlobalFlag[] = [
  { flags: "--config <path>", description: `Configuration file. Also ${CONFIG_FILE_VARIABLE}.` },
  { flags: "--no-color", description: "No colours. Also NO_COLOR." },
];

/** Shown in the help of every command. */
const ALWAYS_SHOWN = new Set(["network", "log.level"]);

export function globalFlags(): GlobalFlag[] {
  const ofOptions = listOptions().map((entry) => ({
    flags: `${entry.flag} <${placeholder(entry)}>`,
    description: descriptionOf(entry),
    key: entry.key,
  }));
  return [...ofOptions, ...OWN_FLAGS];
}

/** Whether the help of a command with these `settings` shows the flag. */
export function isShown({ key }: GlobalFlag, settings: readonly string[]): boolean {
  return key === undefined || ALWAYS_SHOWN.has(key) || settings.includes(key);
}

export function parserOption({ flags, description }: GlobalFlag): Option {
  return new Option(flags, description);
}

/** A switch of the configuration needs no value: `--http-insecure` is `--http-insecure=true`. */
export function withSwitchValues(args: readonly string[]): string[] {
  const switches = new Set(listOptions().flatMap(({ flag, option }) => (isSwitch(option) ? [flag] : [])));
  const end = args.includes("--") ? args.indexOf("--") : args.length;
  return args.map((arg, i) => {
    const hasValue = args[i + 1] === "true" || args[i + 1] === "false";
    return i < end && switches.has(arg) && !hasValue ? `${arg}=true` : arg;
  });
}

function isSwitch({ choices }: OptionEntry["option"]): boolean {
  return choices?.join() === "true,false";
}

function placeholder({ key, option }: OptionEntry): string {
  return option.isPath || option.secret ? "path" : (key.split(".").at(-1) as string);
}

function descriptionOf({ option: { description, secret, choices } }: OptionEntry): string {
  if (secret) return `Path of a file that holds this: ${description}`;
  return choices === undefined ? description : `${description} One of ${choices.join(", ")}.`;
}
