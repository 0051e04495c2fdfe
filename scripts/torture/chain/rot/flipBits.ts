/** Row 56 of the attacks: one flipped bit at many places of a store. */
import { execFile } from "node:child_process";
import { mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Site } from "./flip.ts";
import type { Judgement } from "./judge.ts";
import { makeTemplate } from "./template.ts";

export interface RotReport {
  readonly seed: number;
  readonly sites: number;
  /** Sites after which some read failed with a code. */
  readonly failedReads: number;
  /** Sites after which blocks were absent without an error (the audit told of all of them). */
  readonly silentlyAbsent: number;
  /** Sites that made no difference to any read. */
  readonly harmless: number;
  readonly reported: number;
  /** Codes of failed reads, and how many sites had them. */
  readonly codes: ReadonlyMap<string, number>;
  readonly problems: readonly string[];
  /** Where the failing stores were kept. */
  readonly kept?: string;
}

type Line = Site & Judgement & { readonly number: number };

export async function flipBits(sites: number, seed: number): Promise<RotReport> {
  const home = await mkdtemp(join(tmpdir(), "ai-block-rot-"));
  await makeTemplate(home, seed);
  const lines: Line[] = [];
  const problems: string[] = [];
  for (let next = 0; next < sites; ) {
    const { output, crash } = await runChild([home, `${next}`, `${sites}`, `${seed}`]);
    const done = output.split("\n").filter((line) => line !== "");
    lines.push(...done.map((line) => JSON.parse(line) as Line));
    next += done.length;
    if (crash === undefined) break;
    problems.push(`site ${next}: the process crashed: ${crash}`);
    next += 1;
  }
  for (const { number, file, bit, problems: own } of lines) {
    problems.push(...own.map((problem) => `site ${number} (${file}, bit ${bit}): ${problem}`));
  }
  const codes = new Map<string, number>();
  for (const { errors } of lines) for (const code of new Set(errors)) codes.set(code, (codes.get(code) ?? 0) + 1);
  const report = {
    seed,
    sites,
    failedReads: lines.filter(({ errors }) => errors.length > 0).length,
    silentlyAbsent: lines.filter(({ absent }) => absent > 0).length,
    harmless: lines.filter(({ errors, absent }) => errors.length === 0 && absent === 0).length,
    reported: lines.filter(({ isReported }) => isReported).length,
    codes,
    problems,
  };
  if (problems.length === 0) {
    await rm(home, { recursive: true, force: true });
    return report;
  }
  const kept = join(tmpdir(), `ai-block-failed-rot-${seed}-${Date.now()}`);
  await rename(home, kept);
  return { ...report, kept };
}

function runChild(args: readonly string[]): Promise<{ output: string; crash: string | undefined }> {
  return new Promise((resolve) => {
    const script = join(import.meta.dirname, "child.ts");
    execFile(process.execPath, [script, ...args], { maxBuffer: 2 ** 28 }, (error, output, complaints) => {
      const crash = error === null ? undefined : `${error.signal ?? error.code} ${complaints.slice(0, 2000)}`;
      resolve({ output: output.slice(0, output.lastIndexOf("\n") + 1), crash });
    });
  });
}
