/** Everything about one block, for people: one fact a line. */
import { printable } from "../../core/printable.ts";
import type { CommandContext } from "../framework/context.ts";
import { formatBytes, formatTime } from "../framework/format.ts";
import { alignColumns } from "../framework/table.ts";
import type { ShowJson } from "./showJson.ts";

const MAX_LISTED = 20;

export function showLines(context: CommandContext, block: ShowJson): string[] {
  const good = (ok: boolean, text: string): string => context.paint(ok ? "green" : "red", text);
  const { verdict } = block;
  const rows: [string, string][] = [
    ["id", block.id],
    ["type", `${block.type}, chain ${block.chain}`],
    ["model", block.model ?? "-"],
    ["slot", block.slot ?? "-"],
    ["height", String(block.height)],
    ["author", block.author],
    ["time", formatTime(block.timeMs)],
    ["signature", good(block.signatureValid, block.signatureValid ? "valid" : "not valid")],
    ["verdict", good(verdict.kind === "accept", verdictText(verdict))],
    ...listRows("parents", block.parents, false),
    ...listRows("children", block.children, block.moreChildren),
    ...payloadRows(block),
    ...claimRows(block),
    ...versionRows(block),
    ...manifestRows(block),
  ];
  return alignColumns(rows.map(([name, value]) => [context.paint("dim", name), value]));
}

function verdictText({ kind, code, reason }: ShowJson["verdict"]): string {
  return kind === "accept" ? "accept" : printable(`${kind} ${code}: ${reason}`);
}

/** The name stands on the first line only. */
function listRows(name: string, values: readonly string[], more: boolean): [string, string][] {
  if (values.length === 0) return [[name, "none"]];
  const shown = values.slice(0, MAX_LISTED);
  const rows = shown.map((value, i): [string, string] => [i === 0 ? name : "", value]);
  const hidden = values.length - shown.length;
  if (hidden > 0) rows.push(["", `and ${hidden}${more ? " or" : ""} more`]);
  return rows;
}

function payloadRows({ payload, chunks }: ShowJson): [string, string][] {
  if (payload === null) return [["payload", "none"]];
  const where = payload.present ? "stored here" : "not stored here";
  return [
    ["payload", payload.root],
    [
      "",
      `${printable(payload.format)}, ${formatBytes(payload.bytes)}, ${chunks} ${chunks === 1 ? "chunk" : "chunks"}, ${where}`,
    ],
  ];
}

function claimRows({ claims }: ShowJson): [string, string][] {
  if (claims === null) return [];
  return [
    ["claims", `loss ${claims.loss}, instead of ${claims.baselineLoss}`],
    ["", `on evaluation set ${claims.evaluation}`],
    ["", `and state root ${claims.stateRoot}`],
  ];
}

function versionRows({ version, isHead }: ShowJson): [string, string][] {
  if (version === null) return [];
  const state = isHead ? "the current version of its slot" : version.adopted ? "adopted" : "not adopted";
  const loss = version.medianLoss === null ? "no median loss" : `median loss ${version.medianLoss}`;
  const counted = version.votes.filter((vote) => vote.loss !== null).length;
  return [
    ["version", state],
    ["improves", version.improves ?? "nothing: a first version"],
    ...(version.improves === null
      ? []
      : [["votes", `${counted} of ${version.quorum} needed, ${loss}`] as [string, string]]),
    ...version.votes.map(({ validator, loss: attested }): [string, string] => {
      return ["", `${validator} ${attested === null ? "saw no improvement" : `measured ${attested}`}`];
    }),
  ];
}

function manifestRows({ manifest }: ShowJson): [string, string][] {
  if (manifest === null) return [];
  const { evaluation, files, validators } = manifest;
  return [
    ["name", printable(manifest.name)],
    ["slots", `${manifest.slots}, ${manifest.tensors} tensors, ${formatBytes(manifest.parameterBytes)}`],
    ["files", files.map((file) => `${file.name} (${formatBytes(file.bytes)})`).join(", ")],
    ["evaluation", evaluation === null ? "none" : `${evaluation.root}, ${formatBytes(evaluation.bytes)}`],
    [
      "validators",
      validators.length === 0 ? "none: first versions stay" : `${manifest.quorum} of ${validators.length} must agree`,
    ],
    ...validators.slice(0, MAX_LISTED).map((key): [string, string] => ["", key]),
    ...(validators.length === 0
      ? []
      : [["improvement", `at least ${manifest.smallestImprovement}`] as [string, string]]),
  ];
}
