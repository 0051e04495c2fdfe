/** Writes the table in docs/errors.md from src/api/errors/errorTable.ts. */
import { readFileSync, writeFileSync } from "node:fs";
import { ERROR_TABLE, type ErrorRow, SAME_AS } from "../../src/api/errors/errorTable.ts";
import { replaceSection } from "./section.ts";

/** One section a code, so that a code can be linked: `docs/errors.md#model_not_found`. */
export function errorsReference(): string {
  const rows: [string, ErrorRow][] = Object.entries(ERROR_TABLE);
  const byStatus = [...Map.groupBy(rows, ([, { status }]) => status)].toSorted(([a], [b]) => a - b);
  const parts = byStatus.flatMap(([status, ofStatus]) => [
    `## ${status}`,
    ...ofStatus.map(([code, row]) => section(code, row)),
  ]);
  return `\n${parts.join("\n\n")}\n`;
}

function section(code: string, { cause, fix, data, retry, status }: ErrorRow): string {
  const same = [...SAME_AS].filter(([, own]) => own === code).map(([other]) => `\`${other}\``);
  const lines = [`### ${code}`, "", `**Cause.** ${cause}`, "", `**Fix.** ${fix}`];
  if (data !== undefined && data.length > 0)
    lines.push("", `**Data.** ${data.map((each) => `\`${snake(each)}\``).join(", ")}`);
  if (retry === false) lines.push("", "Asking again is pointless: `x-should-retry: false`.");
  else if (status === 429 || status === 503) lines.push("", "Comes with `Retry-After` and `retry-after-ms`.");
  if (same.length > 0) lines.push("", `Also stands for ${same.join(", ")} of the inside.`);
  return lines.join("\n");
}

function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

if (import.meta.main) {
  const page = new URL("../../docs/errors.md", import.meta.url);
  writeFileSync(page, replaceSection(readFileSync(page, "utf8"), "errors", errorsReference()));
}
