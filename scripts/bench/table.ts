/** All benchmarks, each a file of this folder. */
import type { ScriptTable } from "../support/scriptTable.ts";
import type { BenchReport } from "./report.ts";

export const benchmarks: ScriptTable<BenchReport> = {
  command: "npm run bench --",
  description:
    "Measures a part of AI-Block beside a floor or a peer in the same run, prints a table, and writes the numbers into\n" +
    "bench-results/NAME.json.",
  scripts: new Map([
    ["chain", { summary: "The chain: headers, heads, payloads, growth.", load: () => import("./chain.ts") }],
    ["core", { summary: "Signatures and the canonical codec.", load: () => import("./core.ts") }],
    ["engine", { summary: "The engine, beside llama.cpp on the same weights.", load: () => import("./engine.ts") }],
    ["http", { summary: "Streaming chats over HTTP, beside the same without HTTP.", load: () => import("./http.ts") }],
    ["page", { summary: "The chat page in a browser, while an answer streams.", load: () => import("./page.ts") }],
    ["quality", { summary: "What q8 and q4 do to a model's answers.", load: () => import("./quality.ts") }],
    ["sampling", { summary: "Choosing one token of a large vocabulary.", load: () => import("./sampling.ts") }],
    ["training", { summary: "A training step, full and of one expert.", load: () => import("./training.ts") }],
    ["usage", { summary: "Usage, rewards and the ledger after many events.", load: () => import("./usage.ts") }],
  ]),
};
