/** Opens the chain in the folder given, reads the state root of each model, and prints time and memory as JSON. */
import { Chain } from "../../../src/chain/chain.ts";

const MIB = 2 ** 20;
const idleRssMib = process.memoryUsage.rss() / MIB;
const start = performance.now();
const chain = await Chain.open(process.argv[2] as string);
for (const { id } of chain.models.values()) await chain.stateRoot(id);
const openMs = performance.now() - start;
console.log(JSON.stringify({ openMs, rssMib: process.memoryUsage.rss() / MIB, idleRssMib }));
await chain.close();
