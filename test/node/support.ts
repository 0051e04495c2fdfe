/** A chain with a published fixture, and what stands on it, for tests of the node's parts. */
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { signerOf } from "../../scripts/support/sampleModel.ts";
import type { ChatEvent, ChatRequest, ChatService } from "../../src/api/services/chat.ts";
import { type Block, sealBlock, signBlock } from "../../src/chain/block/block.ts";
import { Chain } from "../../src/chain/chain.ts";
import { UsageStore } from "../../src/chain/usage/usageStore.ts";
import { systemClock } from "../../src/core/clock.ts";
import { createLogger, type Logger } from "../../src/core/logger.ts";
import type { EngineOptions } from "../../src/moe/engine/engine.ts";
import { encodeSafetensors } from "../../src/moe/formats/safetensors/writer.ts";
import { NodeChatService } from "../../src/node/chat/chatService.ts";
import { Speed } from "../../src/node/chat/speed.ts";
import { UsageRecorder } from "../../src/node/chat/usageRecorder.ts";
import { readChainModel } from "../../src/node/model/chainModel.ts";
import { PayloadTensors } from "../../src/node/model/payloadTensors.ts";
import { ServedModels } from "../../src/node/model/servedModels.ts";
import { readServedState } from "../../src/node/model/servedState.ts";
import { publishCheckpoint } from "../../src/node/publish/publishCheckpoint.ts";

export const FIXTURES = join(import.meta.dirname, "../fixtures/checkpoints");
export const publisher = signerOf("publisher");
export const miner = signerOf("miner");

export function silentLog(): Logger {
  return createLogger({ level: "silent" }).log;
}

/** Runs `use` in a fresh folder, removed afterwards. */
export async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "ai-block-node-"));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A copy of a fixture with an evaluation set, so that versions can be judged. */
export async function checkpointFolder(folder: string, fixture = "mixtral"): Promise<string> {
  const copy = join(folder, "tiny");
  await cp(join(FIXTURES, fixture), copy, { recursive: true });
  await writeFile(join(copy, "evaluation.json"), "[[1,2,3]]\n");
  return copy;
}

export interface Bench {
  readonly folder: string;
  readonly chain: Chain;
  readonly model: Uint8Array;
  readonly models: ServedModels;
  readonly chat: NodeChatService;
  readonly usageStore: UsageStore;
  readonly usage: UsageRecorder;
  readonly states: string[];
}

export interface BenchOptions {
  readonly fixture?: string;
  readonly engine?: Omit<EngineOptions, "source">;
  readonly maxWaiting?: number;
  /** Of the checkpoint, in place of the fixture's. */
  readonly generationConfig?: object;
}

export function withBench<T>(options: BenchOptions, use: (bench: Bench) => Promise<T>): Promise<T> {
  return withFolder(async (folder) => {
    let models: ServedModels | undefined;
    const chain = await Chain.open(join(folder, "chain"), {
      minFreeBytes: 0,
      onStored: (blocks) => models?.onStored(blocks),
    });
    const usageStore = await UsageStore.open(join(folder, "usage"), { clock: systemClock, minFreeBytes: 0 });
    try {
      const checkpoint = await checkpointFolder(folder, options.fixture);
      if (options.generationConfig !== undefined) {
        await writeFile(join(checkpoint, "generation_config.json"), JSON.stringify(options.generationConfig));
      }
      const signal = new AbortController().signal;
      const { model } = await publishCheckpoint(chain, checkpoint, { signer: publisher, clock: systemClock, signal });
      const log = silentLog();
      const usage = new UsageRecorder(usageStore, systemClock, log);
      const states: string[] = [];
      models = new ServedModels(chain, {
        engine: options.engine ?? {},
        maxWaiting: options.maxWaiting ?? 64,
        log,
        onState: (state) => {
          usage.know(state);
          states.push(state.stateRoot);
        },
      });
      await models.serve(model, signal);
      const speed = new Speed(systemClock);
      const chat = new NodeChatService({ models, usage, speed, maxWaiting: options.maxWaiting ?? 64 });
      try {
        return await use({ folder, chain, model, models, chat, usageStore, usage, states });
      } finally {
        await chat.drain(0);
        await usage.collect();
        await models.close();
      }
    } finally {
      await usageStore.close();
      await chain.close();
    }
  });
}

export interface Answer {
  readonly text: string;
  readonly ids: readonly number[];
  readonly events: readonly ChatEvent[];
  readonly done: Extract<ChatEvent, { type: "done" }>;
  readonly stateRoot: string;
}

export const GREEDY = { temperature: 0 };

export async function ask(chat: Pick<ChatService, "prepare">, request: Partial<ChatRequest>): Promise<Answer> {
  const prepared = await chat.prepare({ input: { prompt: "Hello" }, sampling: GREEDY, maxTokens: 12, ...request });
  const events: ChatEvent[] = [];
  for await (const event of prepared.run(new AbortController().signal)) events.push(event);
  return { ...answerOf(events), stateRoot: prepared.stateRoot };
}

export function answerOf(events: readonly ChatEvent[]): Omit<Answer, "stateRoot"> {
  const texts = events.filter((event) => event.type === "text");
  const done = events.at(-1);
  if (done?.type !== "done") throw new Error(`expected done at the end, got ${done?.type}`);
  return {
    text: texts.map(({ text }) => text).join(""),
    ids: texts.flatMap(({ tokens }) => tokens.map(({ id }) => id)),
    events,
    done,
  };
}

/** A version of an expert by a miner, with all float32 weights multiplied, and the publisher's attestation of it. */
export async function betterExpert(bench: Bench, slot: string, factor: number): Promise<readonly [Block, Block]> {
  const { chain } = bench;
  const model = await readChainModel(chain, bench.model);
  const state = await readServedState(chain, model);
  const head = state.heads.get(slot)!;
  const tensors = new PayloadTensors(chain.payloads);
  const infos = model.slots.get(slot)!;
  const changed = [];
  for (const [name, info] of infos) {
    const bytes = await tensors.read({ slot, root: head.root, tensors: infos }, name);
    const values = new Float32Array(bytes.buffer, 0, bytes.length / 4).map((value) => value * factor);
    changed.push({ ...info, bytes: new Uint8Array(values.buffer) });
  }
  await tensors.close();
  const payload = await chain.payloads.put([encodeSafetensors(changed)]);
  const improved = chain.dag.block(Buffer.from(head.block, "hex"))!;
  const claims = {
    loss: 1,
    baselineLoss: 2,
    evaluation: model.manifest.evaluation!.root,
    stateRoot: Buffer.from(state.stateRoot, "hex"),
  };
  const common = { version: 1, chain: "B" as const, model: bench.model, slot, claims, timeMs: Date.now() };
  const candidate = signBlock(
    {
      ...common,
      type: "expert",
      parents: [improved.id],
      height: improved.header.height + 1,
      payload: { ...payload, format: "safetensors" },
    },
    miner,
  );
  const attestation = signBlock(
    { ...common, type: "attestation", parents: [candidate.id], height: candidate.header.height + 1, payload: null },
    publisher,
  );
  return [candidate, attestation];
}

export async function addBlocks(chain: Chain, blocks: readonly Block[]): Promise<void> {
  for (const verdict of await chain.add(blocks.map(sealBlock))) {
    if (verdict.kind !== "accept") throw new Error(`expected accept, got ${JSON.stringify(verdict)}`);
  }
}
