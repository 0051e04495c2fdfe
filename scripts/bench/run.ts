/** `npm run bench -- NAME [options]`: runs scripts/bench/NAME.ts, prints its table and writes its JSON. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type BenchReport, formatReport, saveReport } from "./report.ts";

const NOT_BENCHMARKS = new Set(["run.ts", "report.ts"]);

const names = (await readdir(import.meta.dirname))
  .filter((file) => file.endsWith(".ts") && !NOT_BENCHMARKS.has(file))
  .map((file) => file.slice(0, -3))
  .sort();
const [name, ...args] = process.argv.slice(2);
if (name === undefined || !names.includes(name)) {
  console.error(`bench: expected one of ${names.join(", ")}, got ${name ?? "nothing"}`);
  process.exit(2);
}
const module = (await import(pathToFileURL(join(import.meta.dirname, `${name}.ts`)).href)) as {
  run: (args: string[]) => Promise<BenchReport>;
};
const report = await module.run(args);
console.log(formatReport(report));
console.error(`written to ${await saveReport(name, report)}`);
