/** Colours, by the kind of the stream: none unless it is a terminal, none with NO_COLOR, --no-color or TERM=dumb. */
import { styleText } from "node:util";

export type Style = Parameters<typeof styleText>[0];

export function paint(style: Style, text: string, stream: NodeJS.WriteStream): string {
  return styleText(style, text, { stream });
}

/**
 * Makes NO_COLOR the stronger one where FORCE_COLOR is set as well: whoever says no has a reason. Node itself would
 * prefer FORCE_COLOR and print a warning.
 */
export function settleColors(env: NodeJS.ProcessEnv = process.env): void {
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== "") delete env.FORCE_COLOR;
}

/** What `--no-color` does. */
export function switchColorsOff(env: NodeJS.ProcessEnv = process.env): void {
  env.NO_COLOR = "1";
  settleColors(env);
}
