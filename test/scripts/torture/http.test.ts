import { spawn } from "node:child_process";
import { join } from "node:path";
import { exactly, noted, type Part } from "../../../scripts/torture/http/part.ts";
import { numbers, summary } from "../../../scripts/torture/http/report.ts";
import { ROOT } from "../../sourceFiles.ts";

const part = (name: string): Part => ({ name, attack: "", run: async () => [] });

/** Runs `npm run torture -- http …`; `onLine` sees what it prints. */
function torture(args: readonly string[], onText: (text: string, interrupt: () => void) => void = () => undefined) {
  const child = spawn(process.execPath, [join(ROOT, "scripts/torture/run.ts"), "http", ...args]);
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (piece: Buffer) => {
      text += String(piece);
      onText(text, () => child.kill("SIGINT"));
    });
  }
  return new Promise<{ code: number | null; text: string }>((resolve) => {
    child.on("close", (code) => resolve({ code, text }));
  });
}

test.each([
  ["an unknown part", ["--only", "slow,nothing"], "expected one or more of bombs,"],
  ["no part", ["--only", ""], "expected one or more of bombs,"],
  ["a seed that is no number", ["--seed", "x"], '--seed: expected an integer from 0 to 999999999, got "x"'],
])("attacks on the HTTP server: %s is exit code 2", async (_what, args, message) => {
  const { code, text } = await torture(args);
  expect([code, text]).toEqual([2, expect.stringContaining(message)]);
});

test("attacks on the HTTP server: a signal ends the running part, the rest is said to have not run, exit code 130", async () => {
  let sent = false;
  const { code, text } = await torture(["--only", "slow,unread"], (printed, interrupt) => {
    if (sent || !printed.includes("[1/2] slow")) return;
    sent = true;
    interrupt();
  });
  expect([code, text]).toEqual([130, expect.stringContaining("0 of 2 parts")]);
  expect(text).toMatch(/slow +not run\n +unread +not run/);
});

test("the summary has every part, and says again which aims were missed", () => {
  const [good, bad, broken, left] = ["good", "bad", "broken", "left"].map(part) as [Part, Part, Part, Part];
  const outcomes = [
    { part: good, seconds: 1, findings: [exactly("errors", 0, 0), noted("memory", 1.5, "MB")] },
    { part: bad, seconds: 2, findings: [exactly("errors", 3, 0), exactly("answers", 5000, 5000)] },
    { part: broken, seconds: 3, findings: [], failure: "no server" },
  ];
  expect(numbers(outcomes[1]!)).toMatch(/MISSED {2}errors +3 +0\n +ok +answers +5,000 +5,000$/);
  expect(summary([good, bad, broken, left], outcomes).split("\n")).toEqual([
    expect.stringMatching(/^ +good +1 s +1 of 1 aims met$/),
    expect.stringMatching(/^ +bad +2 s +1 of 2 aims met$/),
    expect.stringMatching(/^ +MISSED +errors: 3 +0$/),
    expect.stringMatching(/^ +broken +3 s +FAILED: no server$/),
    expect.stringMatching(/^ +left +not run$/),
  ]);
});
