/** `npm run torture -- NAME [options]`: runs scripts/torture/NAME.ts, the long form of a suite's fault tests. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const names = (await readdir(import.meta.dirname))
  .filter((file) => file.endsWith(".ts") && file !== "run.ts")
  .map((file) => file.slice(0, -3))
  .sort();
const [name, ...args] = process.argv.slice(2);
if (name === undefined || !names.includes(name)) {
  console.error(`torture: expected one of ${names.join(", ")}, got ${name ?? "nothing"}`);
  process.exit(2);
}
const module = (await import(pathToFileURL(join(import.meta.dirname, `${name}.ts`)).href)) as {
  run: (args: string[]) => Promise<number>;
};
process.exitCode = await module.run(args);
