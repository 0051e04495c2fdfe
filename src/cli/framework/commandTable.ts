/** The form of the table of commands, which stands in ../commands.ts. */
import type { Command } from "./command.ts";

export interface CommandEntry {
  /** The words after `ai-block`: "chain ls". */
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  readonly load: () => Promise<{ readonly command: Command }>;
}

export interface CommandTable {
  readonly description: string;
  /** What the first word of several commands stands for. */
  readonly groups: Readonly<Record<string, string>>;
  readonly commands: readonly CommandEntry[];
}
