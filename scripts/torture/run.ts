/** `npm run torture -- NAME [options]`: runs the long form of a suite's fault tests. */
import { runFromTable } from "../support/scriptTable.ts";
import { tortures } from "./table.ts";

const { exit, result } = await runFromTable(tortures, process.argv.slice(2));
process.exitCode = result ?? exit;
