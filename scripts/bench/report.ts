/**
 * The result of a benchmark: rows of number and unit, each beside the floor or peer that was measured in the same run.
 */

import { mkdir, writeFile } from "node:fs/promises";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";

export interface BenchRow {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What `value` is compared with, measured in this run, in the same unit. */
  readonly floor?: { readonly name: string; readonly value: number };
  /** value / floor. */
  readonly ratio?: number;
  /** What we want, in words. */
  readonly aim?: string;
}

export interface BenchReport {
  readonly rows: readonly BenchRow[];
  /** The only part that was run: its numbers go to a file of their own. Default: all parts were. */
  readonly part?: string;
  readonly notes?: readonly string[];
}

/** A row with the ratio worked out. */
export function compared(row: Omit<BenchRow, "ratio"> & { readonly floor: { name: string; value: number } }): BenchRow {
  return { ...row, ratio: row.value / row.floor.value };
}

export function formatReport(report: BenchReport): string {
  const lines = report.rows.map(({ name, value, unit, floor, ratio, aim }) => {
    const against = floor === undefined ? "" : `${formatNumber(floor.value)} ${unit} ${floor.name}`;
    return [name, `${formatNumber(value)} ${unit}`, against, ratio === undefined ? "" : ratio.toFixed(2), aim ?? ""];
  });
  const table = [["what", "measured", "floor or peer in the same run", "ratio", "aim"], ...lines];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...table.map((line) => (line[column] as string).length)));
  const text = table.map((line) =>
    line
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  return [...text, ...(report.notes ?? []).map((note) => `note: ${note}`)].join("\n");
}

/** Writes `bench-results/<name>.json`, or `<name>-<part>.json`, and returns its path. */
export async function saveReport(name: string, report: BenchReport): Promise<string> {
  const folder = join(import.meta.dirname, "../../bench-results");
  await mkdir(folder, { recursive: true });
  const path = join(folder, report.part === undefined ? `${name}.json` : `${name}-${report.part}.json`);
  const machine = { cpu: cpus()[0]?.model, cores: cpus().length, memoryBytes: totalmem(), node: process.version };
  await writeFile(path, `${JSON.stringify({ name, date: new Date().toISOString(), machine, ...report }, null, 2)}\n`);
  return path;
}

function formatNumber(value: number): string {
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString("en-US");
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
