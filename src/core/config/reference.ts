/** `.env.example` and the table in docs/configuration.md, generated from the options; a test compares them. */
import { listOptions, type OptionEntry } from "./options.ts";

/** The text of `.env.example`: every variable with its meaning, commented out at its default. */
export function envExample(): string {
  const blocks = listOptions().map((entry) => {
    const { option, variable } = entry;
    const lines = [`# ${option.description}`, `# Expected: ${option.expected}. Default: ${defaultText(entry)}.`];
    if (option.secret) lines.push("# Or the path of a file with it:", `#${variable}_FILE=`);
    return [...lines, `#${variable}=${exampleValue(entry)}`].join("\n");
  });
  const head = "# Copy to .env and change what you need. Made by scripts/docs/config.ts; do not edit by hand.";
  return `${[head, ...blocks].join("\n\n")}\n`;
}

/** The Markdown table of all options. */
export function optionsTable(): string {
  const rows = listOptions().map((entry) => {
    const { key, option, flag, variable } = entry;
    const variables = option.secret ? `\`${variable}\`, \`${variable}_FILE\`` : `\`${variable}\``;
    const keys = option.secret ? `\`${key}\`, \`${key}File\`` : `\`${key}\``;
    const meaning = `${option.description} Expected: ${option.expected}.`;
    return [keys, `\`${flag}\``, variables, defaultText(entry), meaning].join(" | ");
  });
  const head = ["| key in the file | flag | variable | default | meaning |", "|---|---|---|---|---|"];
  return [...head, ...rows.map((row) => `| ${row} |`)].join("\n");
}

function defaultText({ option }: OptionEntry): string {
  if (option.fallbackText !== undefined) return option.fallbackText;
  return option.fallback === undefined ? "not set" : `\`${String(option.fallback)}\``;
}

function exampleValue({ option }: OptionEntry): string {
  return typeof option.fallback === "function" || option.fallback === undefined ? "" : String(option.fallback);
}
