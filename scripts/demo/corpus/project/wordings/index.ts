/**
 * Further wordings of all project questions, by the id of the question. None of them is held out.
 *
 * They lie in text files, one for each theme: a line `# id` begins a question, and every other line that is not empty is
 * a wording of it.
 */
import { readdirSync, readFileSync } from "node:fs";

const HEADING = "# ";

export const MORE_WORDINGS: Readonly<Record<string, readonly string[]>> = Object.fromEntries(readWordings());

function readWordings(): Map<string, string[]> {
  const wordings = new Map<string, string[]>();
  const files = readdirSync(import.meta.dirname).filter((file) => file.endsWith(".txt"));
  for (const file of files.sort()) {
    let current: string[] = [];
    for (const line of readFileSync(new URL(file, import.meta.url), "utf8").split("\n")) {
      if (line.startsWith(HEADING)) {
        current = [];
        wordings.set(line.slice(HEADING.length), current);
      } else if (line !== "") current.push(line);
    }
  }
  return wordings;
}
