/** All long fault tests, each a file of this folder. Their result is the exit code. */
import type { ScriptTable } from "../support/scriptTable.ts";

export const tortures: ScriptTable<number> = {
  command: "npm run torture --",
  description: "Attacks and accidents, longer and more of them than the tests have time for. Exit code 0: all held.",
  scripts: new Map([
    ["chain", { summary: "Attacks on the chain, and accidents that happen to it.", load: () => import("./chain.ts") }],
    ["engine", { summary: "Generations that are aborted at random points.", load: () => import("./engine.ts") }],
    ["formats", { summary: "Mutated files for every reader of a format.", load: () => import("./formats.ts") }],
    ["http", { summary: "Attacks on the HTTP server.", load: () => import("./http.ts") }],
  ]),
};
