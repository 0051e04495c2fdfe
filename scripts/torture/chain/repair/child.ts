/** Repairs the chain in the folder given, after saying that it begins: to be killed on the way. */
import { writeSync } from "node:fs";
import { flushCompileCache } from "node:module";
import { repairChain } from "../../../../src/chain/audit/repair.ts";

flushCompileCache();
writeSync(1, "begin\n");
await repairChain(process.argv[2] as string);
writeSync(1, "end\n");
