/** `npm run bench -- NAME [options]`: runs a benchmark, prints its table and writes its JSON. */
import { runFromTable } from "../support/scriptTable.ts";
import { formatReport, saveReport } from "./report.ts";
import { benchmarks } from "./table.ts";

const { name, exit, result } = await runFromTable(benchmarks, process.argv.slice(2));
process.exitCode = exit;
if (result !== undefined) {
  console.log(formatReport(result));
  console.error(`written to ${await saveReport(name, result)}`);
}
