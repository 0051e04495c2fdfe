/** Colours, by the kind of the stream: none unless it is a terminal, none with NO_COLOR, --no-color or TERM=dumb. */
import { styleText } from "node:util";

export type Style = Parameters<typeof styleText>[0];

export function paint(style: Style, text: string, stream: NodeJS.WriteStream): string {
  return styleText(style, text, { stream });
}

/** What `--no-color` does. The launcher has seen to NO_COLOR already. */
export function switchColorsOff(env: NodeJS.ProcessEnv = process.env): void {
  env.NO_COLOR = "1";
  // Node would prefer it, and warn.
  delete env.FORCE_COLOR;
}
