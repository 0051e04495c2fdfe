/**
 * `npm run bench -- page`: the chat page in Debian's chromium: the time between two frames while an answer streams into a
 * chat of 10 and of 500 messages, with the machine idle and with every core busy (as with an engine that computes), and
 * the time until a stored chat is shown. The node plays a written answer, so that every run has the same tokens.
 */
import { writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { textOption } from "../../src/cli/framework/option.ts";
import { type Page, TestBrowser } from "../../test/e2e/pages/support/browser.ts";
import { startPageServer } from "../../test/e2e/pages/support/pageServer.ts";
import { defineScript } from "../support/script.ts";
import { framesOfAnswer, openStoredChat } from "./page/measure.ts";
import type { BenchReport, BenchRow } from "./report.ts";

const MESSAGES = [10, 500];
/** About 100 tokens a second, for some eight seconds. */
const TOKEN_MS = 9;
const PARAGRAPH = "A paragraph of the answer, with **bold** words, some `code`, and a few more to read.\n\n";
const ANSWER = `${PARAGRAPH.repeat(30)}\`\`\`js\n${"const line = 1;\n".repeat(60)}\`\`\`\n\n${PARAGRAPH.repeat(6)}`;

export const script = defineScript({
  description:
    "Measures the chat page in chromium: the time between two frames while an answer streams into a short and a long " +
    "chat, with idle and with busy cores, and the time until a stored chat is shown.",
  options: {
    profile: textOption("Writes the CPU profile of the long chat, for chromium's developer tools.", "file"),
  },
  run: ({ profile }) => benchPage(profile),
});

async function benchPage(profileFile: string | undefined): Promise<BenchReport> {
  const node = await startPageServer();
  const browser = new TestBrowser();
  const rows: BenchRow[] = [];
  node.chat.answer = () => ANSWER;
  node.chat.tokenMs = TOKEN_MS;
  try {
    await browser.open();
    for (const busy of [false, true]) {
      const workers = busy ? busyCores() : [];
      for (const messages of MESSAGES) {
        const page = await browser.page(node.server.url);
        const shownMs = await openStoredChat(page, messages);
        const profiled = !busy && messages === MESSAGES.at(-1) ? profileFile : undefined;
        const frames = await (profiled === undefined ? framesOfAnswer(page) : profile(page, profiled));
        rows.push(...rowsOf(`${messages} messages${busy ? ", cores busy" : ""}`, shownMs, frames));
        await browser.closePages();
      }
      await Promise.all(workers.map((worker) => worker.terminate()));
    }
  } finally {
    await browser.close();
    await node.server.close(0);
  }
  return { rows, notes: ["rendering without a graphics card, 1280 × 800; the node runs on the same cores"] };
}

/** Workers that compute all the time, as many as there are cores. */
function busyCores(): Worker[] {
  return Array.from({ length: availableParallelism() }, () => new Worker("for (;;) {}", { eval: true }));
}

async function profile(page: Page, file: string): Promise<number[]> {
  const session = await page.context().newCDPSession(page);
  await session.send("Profiler.enable");
  await session.send("Profiler.start");
  const frames = await framesOfAnswer(page);
  const { profile } = await session.send("Profiler.stop");
  await writeFile(file, JSON.stringify(profile));
  return frames;
}

function rowsOf(name: string, shownMs: number, frames: readonly number[]): BenchRow[] {
  const at = (part: number): number => frames[Math.floor(frames.length * part)] ?? Number.NaN;
  return [
    { name: `${name}: stored chat is shown after`, value: shownMs, unit: "ms" },
    { name: `${name}: frame, median`, value: at(0.5), unit: "ms" },
    { name: `${name}: frame, p95`, value: at(0.95), unit: "ms", aim: "below 50" },
    { name: `${name}: frame, longest`, value: frames.at(-1) ?? Number.NaN, unit: "ms" },
  ];
}
