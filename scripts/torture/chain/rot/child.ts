/**
 * Damages copies of a template one after the other and prints a line of JSON about each: in a process of its own, so
 * that a crash of LevelDB's code is seen. Arguments: home, first site, last site (exclusive), seed.
 */
import { cp, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { Random } from "../../../support/random.ts";
import { flipRandomBit } from "./flip.ts";
import { judge } from "./judge.ts";
import { CHAIN, TRUTH, type Truth } from "./template.ts";

const [home, first, last, seed] = process.argv.slice(2) as [string, string, string, string];
const truth = JSON.parse(await readFile(join(home, TRUTH), "utf8")) as Truth;

for (let number = Number(first); number < Number(last); number++) {
  const folder = join(home, `site-${number}`);
  await cp(join(home, CHAIN), folder, { recursive: true });
  const site = await flipRandomBit(folder, new Random(Number(seed) + number));
  const judgement = await judge(folder, truth);
  console.log(JSON.stringify({ number, ...site, ...judgement }));
  if (judgement.problems.length === 0) await rm(folder, { recursive: true, force: true });
}
