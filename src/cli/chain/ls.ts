/** `ai-block chain ls`: blocks, newest first, page by page. */
import * as z from "zod";
import { BLOCK_TYPES } from "../../chain/block/header.ts";
import type { Chain } from "../../chain/chain.ts";
import type { BlockFilter } from "../../chain/dag/dag.ts";
import { MAX_HEIGHT } from "../../chain/limits.ts";
import { excerpt, hashFromHex } from "../../core/bytes.ts";
import { parseSlot } from "../../core/slot.ts";
import { defineCommand } from "../framework/command.ts";
import type { CommandContext } from "../framework/context.ts";
import { formatBytes, formatTime, shortId } from "../framework/format.ts";
import { type CliOption, choiceOption, integerOption, switchOption, withDefault } from "../framework/option.ts";
import { jsonOption, quietOption, requireOneForm } from "../framework/sharedOptions.ts";
import { alignColumns } from "../framework/table.ts";
import { usageError } from "../framework/usageError.ts";
import { type BlockJson, blockJson, toBlockJson } from "./blockJson.ts";
import { findModel, modelOption } from "./findModel.ts";
import { withExistingChain } from "./openChain.ts";

const MAX_LIMIT = 10_000;
const COLUMNS = ["ID", "CHAIN", "TYPE", "SLOT", "HEIGHT", "PARENTS", "AUTHOR", "TIME", "PAYLOAD", ""];

const schema = z.strictObject({
  blocks: z.array(blockJson),
  next: z.string().nullable().meta({ description: "--after of the next page; null when this is the last one" }),
});

const slotOption: CliOption<string> = {
  description: "Only this slot.",
  value: "slot",
  fallback: undefined,
  parse: (text, name) => {
    if (parseSlot(text) !== undefined) return text;
    throw usageError(`${name}: expected a slot such as layer0.expert1, layer0.router or head, got ${excerpt(text)}`);
  },
};

const afterOption: CliOption<NonNullable<BlockFilter["after"]>> = {
  description: "Go on behind this place, as an earlier answer gave it.",
  value: "place",
  fallback: undefined,
  parse: (text, name) => {
    const [, height, id] = /^([0-9]{1,15}):([0-9a-f]{64})$/.exec(text) ?? [];
    if (height !== undefined && id !== undefined) return { height: Number(height), id: hashFromHex(id) };
    throw usageError(`${name}: expected HEIGHT:ID as an earlier answer gave it, got ${excerpt(text)}`);
  },
};

export const command = defineCommand({
  description:
    "Lists blocks, the newest (highest) first. A star marks the current version of a slot. The column PAYLOAD says how " +
    "large a payload is and whether it is stored here.",
  arguments: {},
  options: {
    model: modelOption,
    slot: slotOption,
    type: choiceOption("Only blocks of this type.", "type", BLOCK_TYPES),
    chain: choiceOption("Only this chain: A has the models, B their parameters.", "chain", ["A", "B"]),
    fromHeight: integerOption("Only blocks from this height on.", 0, MAX_HEIGHT),
    toHeight: integerOption("Only blocks up to this height.", 0, MAX_HEIGHT),
    oldestFirst: switchOption("The lowest first."),
    limit: withDefault(integerOption("Blocks on a page.", 1, MAX_LIMIT), 20),
    after: afterOption,
    json: jsonOption,
    quiet: quietOption,
  },
  settings: ["dataDir"],
  examples: [
    { command: "chain ls", meaning: "The newest 20 blocks." },
    { command: "chain ls --type expert --slot layer0.expert1", meaning: "All versions of one expert." },
    { command: "chain ls -q --oldest-first --limit 1000", meaning: "Ids for a script." },
  ],
  exits: ["config", "verification", "locked", "interrupted"],
  json: schema,
  async run(context, { options }) {
    requireOneForm(options);
    const { blocks, next } = await withExistingChain(context, (chain) => {
      const model = options.model === undefined ? undefined : findModel(chain, options.model).id;
      const { slot, type, fromHeight, toHeight, after } = options;
      const filter = { model, slot, type, chain: options.chain, fromHeight, toHeight, after };
      return readPage(context, chain, { ...given(filter), newestFirst: !options.oldestFirst }, options.limit);
    });
    if (options.json) context.out.json({ blocks, next } satisfies z.infer<typeof schema>);
    else if (options.quiet) for (const { id } of blocks) context.print(id);
    else printTable(context, blocks);
    if (blocks.length === 0) context.note("There are no such blocks.");
    else if (next !== null && !options.json) context.note(`There are more: add --after ${next}`);
    return undefined;
  },
});

async function readPage({ signal, out }: CommandContext, chain: Chain, filter: BlockFilter, limit: number) {
  const blocks: BlockJson[] = [];
  for await (const block of chain.dag.blocks(filter)) {
    signal.throwIfAborted();
    if (out.closed) break;
    const last = blocks.at(-1);
    if (last !== undefined && blocks.length === limit) return { blocks, next: `${last.height}:${last.id}` };
    blocks.push(await toBlockJson(chain, block));
  }
  return { blocks, next: null };
}

function printTable(context: CommandContext, blocks: readonly BlockJson[]): void {
  if (blocks.length === 0) return;
  const rows = blocks.map((block) => [
    shortId(block.id),
    block.chain,
    block.type,
    block.slot ?? "-",
    String(block.height),
    String(block.parents.length),
    shortId(block.author),
    formatTime(block.timeMs),
    block.payload === null ? "-" : `${formatBytes(block.payload.bytes)} ${block.payload.present ? "here" : "missing"}`,
    block.isHead ? context.paint("green", "*") : "",
  ]);
  const [head, ...lines] = alignColumns([COLUMNS, ...rows]);
  context.print(context.paint("bold", head as string));
  for (const line of lines) context.print(line);
}

/** Without the keys whose value is `undefined`. */
function given<T extends object>(filter: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined)) as never;
}
