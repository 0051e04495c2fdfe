/** The data behind `config print`: every value with its source. Secrets are masked. */
import { listOptions, OPTIONS, type OptionTree } from "./options.ts";
import type { ResolvedConfig, ValueSource } from "./resolve.ts";

export const MASK = "********";

export interface PrintedOption {
  readonly key: string;
  /** `null` when it is not set; `MASK` for a secret that is. */
  readonly value: unknown;
  readonly source: ValueSource;
  readonly flag: string;
  readonly variable: string;
  readonly description: string;
}

export function printConfig(resolved: ResolvedConfig<unknown>, tree: OptionTree = OPTIONS): PrintedOption[] {
  return listOptions(tree).map(({ key, option, flag, variable }) => {
    const value = resolved.values.get(key) ?? null;
    return {
      key,
      value: option.secret && value !== null ? MASK : value,
      source: resolved.sources.get(key)!,
      flag,
      variable,
      description: option.description,
    };
  });
}
