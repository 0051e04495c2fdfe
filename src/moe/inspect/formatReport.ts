/** An inspection as text for people. */
import type { InspectReport, MemoryEstimate, Requirements } from "./report.ts";

export function formatInspectReport(report: InspectReport): string {
  const lines: [string, string][] = [
    ["file", report.name],
    ["format", report.format + (report.files > 1 ? ` (${report.files} files)` : "")],
    ["framework", report.framework],
    ["architecture", `${report.architecture ?? "not stated"} (${report.family})`],
    ["parameters", parameters(report)],
    ["precision", precision(report)],
    ["input", report.inputShape === null ? "not stated" : `[${report.inputShape.join(", ")}]`],
  ];
  if (report.moe !== null) {
    const { layers, experts, expertsPerToken } = report.moe;
    lines.push(["experts", `${experts} in each of ${layers ?? "?"} layers, ${expertsPerToken} for a token`]);
  }
  if (report.analysis !== null) {
    const { sizeClass, memory, requirements } = report.analysis;
    lines.push(["size class", sizeClass]);
    for (const [name, estimate] of Object.entries(memory)) lines.push([`memory ${name}`, memoryText(estimate)]);
    lines.push(["needs", `${requirements.cpuCores} cores, ${bytes(requirements.memoryBytes)} memory in 16 bits`]);
    lines.push(gpu(requirements));
  }
  if (report.imports.length > 0) lines.push(["would import", report.imports.slice(0, 20).map(printable).join(", ")]);
  if (report.refused !== null) lines.push(["not readable", `${report.refused.message} (${report.refused.code})`]);
  for (const note of report.notes) lines.push(["note", note]);
  const width = Math.max(...lines.map(([name]) => name.length));
  return lines.map(([name, value]) => `${name.padEnd(width)}  ${printable(value)}`).join("\n");
}

/** A model that a processor computes quickly needs no other machine. */
function gpu({ device, gpuMemoryBytes }: Requirements): [string, string] {
  if (device === "cpu") return ["GPU", "not needed"];
  return ["or a GPU with", bytes(gpuMemoryBytes) + (device === "gpu-recommended" ? ", which is recommended" : "")];
}

function parameters({ parameters }: InspectReport): string {
  if (parameters === null) return "not known without loading";
  const { total, active } = parameters;
  return active === total ? count(total) : `${count(total)}, of which a token uses ${count(active)}`;
}

function precision({ precision }: InspectReport): string {
  return precision.length === 0
    ? "not stated"
    : precision.map(({ dtype, tensors }) => `${dtype} (${tensors})`).join(", ");
}

function memoryText({ allBytes, activeBytes }: MemoryEstimate): string {
  return allBytes === activeBytes ? bytes(allBytes) : `${bytes(allBytes)} (${bytes(activeBytes)} used by a token)`;
}

function count(value: number): string {
  if (value >= 1e9) return `${(value / 1e9).toFixed(2)} billion`;
  return value >= 1e6 ? `${(value / 1e6).toFixed(2)} million` : String(value);
}

function bytes(value: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, value)) / 10));
  return `${Number((value / 1024 ** power).toFixed(1))} ${units[power]}`;
}

/** File contents may hold terminal control sequences. */
function printable(text: string): string {
  return text.replaceAll(/\p{Cc}|\p{Cf}/gu, "?");
}
