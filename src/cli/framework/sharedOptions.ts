/** Options that several commands share. */
import { choiceOption, switchOption, withDefault } from "./option.ts";
import { PROGRESS_MODES } from "./progress/renderers.ts";
import { usageError } from "./usageError.ts";

export const jsonOption = switchOption("Print JSON.");
export const quietOption = switchOption("Print full ids only, one a line.", "q");

export const progressOption = withDefault(
  choiceOption(
    "How progress is shown on stderr: auto is a bar on a terminal and a plain line every 5 seconds elsewhere.",
    "how",
    PROGRESS_MODES,
  ),
  "auto",
);

/** Throws `usage` when both are given. */
export function requireOneForm({ json, quiet }: { readonly json: boolean; readonly quiet: boolean }): void {
  if (json && quiet) throw usageError("--json: expected either --json or --quiet, got both");
}
