/**
 * The node: the one place that builds everything in order, and closes it in reverse.
 *
 * Start: stores, keys, services, HTTP, control, model. HTTP comes before the model, so that a busy port is found at once
 * and `/health` can say that the model is being loaded.
 * Close: not ready any more; HTTP takes no new connections and chats are refused; running answers get 8 s, then a last
 * error; engines; stores. Every step may be called twice.
 */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { ApiKeys } from "./api/keys/apiKey.ts";
import { createHttpServer, type HttpServer } from "./api/server.ts";
import type { NodeServices } from "./api/services/node.ts";
import { toHex } from "./core/bytes.ts";
import { systemClock } from "./core/clock.ts";
import { PACKAGE_FOLDER } from "./core/config/folders.ts";
import { createSigner } from "./core/ed25519.ts";
import { apiKeyFolder } from "./node/apiKeys/apiKeyFolder.ts";
import { NodeApiKeys } from "./node/apiKeys/nodeApiKeys.ts";
import { NodeChatService } from "./node/chat/chatService.ts";
import { Speed } from "./node/chat/speed.ts";
import { UsageRecorder } from "./node/chat/usageRecorder.ts";
import { ControlServer } from "./node/control/controlServer.ts";
import { removeNodeFile, writeNodeFile } from "./node/control/nodeFile.ts";
import { type HealthOptions, readHealth } from "./node/health.ts";
import { Heartbeat } from "./node/heartbeat.ts";
import { ServedModels } from "./node/model/servedModels.ts";
import { type NodeKeys, readNodeKeys } from "./node/nodeKeys.ts";
import { engineOptionsOf, httpOptionsOf, type NodeOptions } from "./node/nodeOptions.ts";
import { openStores, type Stores } from "./node/openStores.ts";
import { peerIdOf } from "./node/peerId.ts";
import { type ChosenModel, chooseModel } from "./node/publish/chooseModel.ts";
import { ChainCounts } from "./node/services/chainCounts.ts";
import { NodeChainService } from "./node/services/chainService.ts";
import { ExpertIndex } from "./node/services/expertIndex.ts";
import { NodeExpertService } from "./node/services/expertService.ts";
import { LonelyNetwork } from "./node/services/networkService.ts";
import { Rewards } from "./node/services/rewards.ts";
import { NodeUploadService } from "./node/services/uploadService.ts";
import { StartedParts } from "./node/startedParts.ts";
import { WorkingProviders } from "./node/workingProviders.ts";

/** What running answers get to finish. */
const DRAIN_MS = 8000;

export interface RunningNode {
  readonly url: string;
  readonly port: number;
  readonly services: NodeServices;
  readonly keys: NodeKeys;
  readonly dataDir: string;
  readonly chosen: ChosenModel;
  readonly apiKeys: ApiKeys;
  /** May be called twice. */
  close(drainMs?: number): Promise<void>;
}

/**
 * Starts a node and loads its model. Throws `store_locked`, `key_file_permissions`, `disk_full`, `no_model`,
 * `port_busy`, `insecure_bind`, `bad_api_key_entry`, what publishing and loading a model throw, and the signal's reason; then nothing is left
 * running.
 */
export async function startNode(options: NodeOptions): Promise<RunningNode> {
  const started = new StartedParts(options.logger, options.onClosing);
  try {
    return await start(options, started);
  } catch (error) {
    // What went wrong is in the log; why the start failed counts more.
    await started.close(0).catch(() => undefined);
    throw options.signal.aborted ? options.signal.reason : error;
  }
}

async function start(options: NodeOptions, started: StartedParts): Promise<RunningNode> {
  const { config, signal, logger, clock = systemClock } = options;
  const { dataDir } = config;
  let parts: Parts | undefined;
  const stores = await openStores({
    dataDir,
    clock,
    maxUploadsOfCaller: config.http.uploads,
    onStored: (blocks) => {
      parts?.models.onStored(blocks);
      parts?.counts.onStored(blocks);
    },
    ...(options.minFreeBytes !== undefined && { minFreeBytes: options.minFreeBytes }),
  });
  started.add("the stores", stores);
  const keys = await readNodeKeys({ keyFile: config.keyFile, dataDir, passphrase: config.passphrase });
  parts = buildParts(options, stores, keys, () => started.isClosing);
  const { models, chat, usage, counts, providers, services } = parts;
  started.add("the counts of blocks", counts);
  started.add("the search for execution providers", providers);
  started.add("the model", models);
  // Engines are asked what they measured before they close.
  started.add("the usage of experts", { close: () => usage.collect() });
  const apiKeys = await NodeApiKeys.open({ folder: apiKeyFolder(config), dataDir, clock, log: logger });
  started.add("the API keys", apiKeys);
  const http = await createHttpServer({
    ...httpOptionsOf(config),
    apiKeys: apiKeys.keys,
    services,
    logger,
    clock,
  });
  started.add("HTTP and running answers", {
    close: (drainMs) => Promise.all([http.close(drainMs), chat.drain(drainMs)]),
  });
  await openControl(options, services, http, started);
  void counts.start();
  signal.throwIfAborted();
  const chosen = await chooseModel(stores.chain, {
    dataDir,
    modelFolder: config.modelFolder,
    demoFolder: options.demoFolder ?? join(PACKAGE_FOLDER, "data", "demo"),
    signer: createSigner(keys.author.privateKey),
    clock,
    signal,
    ...(options.onProgress !== undefined && { onProgress: options.onProgress }),
  });
  options.onProgress?.({ stage: "loading", done: 0, total: 1, unit: "models" });
  await models.serve(chosen.model, signal);
  options.onProgress?.({ stage: "loading", done: 1, total: 1, unit: "models" });
  void providers.start();
  const account = toHex(keys.author.publicKey);
  const heartbeat = new Heartbeat({ services, chain: stores.chain, ledger: stores.ledger, account, log: logger });
  started.add("the heartbeat", heartbeat);
  heartbeat.start();
  signal.throwIfAborted();
  const close = (drainMs = DRAIN_MS): Promise<void> => started.close(drainMs);
  return { url: http.url, port: http.port, services, keys, dataDir, chosen, apiKeys: apiKeys.keys, close };
}

interface Parts {
  readonly models: ServedModels;
  readonly chat: NodeChatService;
  readonly usage: UsageRecorder;
  readonly counts: ChainCounts;
  readonly providers: WorkingProviders;
  readonly services: NodeServices;
}

/** Everything that stands between the stores and HTTP; nothing of it runs yet. */
function buildParts(options: NodeOptions, stores: Stores, keys: NodeKeys, isClosing: () => boolean): Parts {
  const providers = new WorkingProviders();
  const { config, version, logger, clock = systemClock } = options;
  const { chain, ledger } = stores;
  const usage = new UsageRecorder(stores.usage, clock, logger);
  const speed = new Speed(clock);
  const models = new ServedModels(chain, {
    engine: engineOptionsOf(config),
    maxWaiting: config.chat.maxWaiting,
    log: logger,
    onState: (state) => usage.know(state),
  });
  const chat = new NodeChatService({ models, usage, speed, maxWaiting: config.chat.maxWaiting });
  const counts = new ChainCounts(chain);
  const index = new ExpertIndex(chain, stores.usage, () => models.runner?.state);
  const rewards = new Rewards({ chain, ledger, index, clock });
  const peerId = peerIdOf(keys.peer.publicKey);
  const health: HealthOptions = {
    version,
    startedMs: clock.nowMs(),
    network: config.network,
    dataDir: config.dataDir,
    executionProviders: () => providers.names,
    models,
    chat,
    speed,
    isClosing,
  };
  const services: NodeServices = {
    models,
    chat,
    chain: new NodeChainService(chain, counts),
    experts: new NodeExpertService({ index, rewards, ledger, usage }),
    uploads: new NodeUploadService({ chain, partials: stores.partials, onPayload: () => models.onPayload() }),
    network: new LonelyNetwork({ peerId, version, models, speed, clock }),
    health: () => readHealth(health),
  };
  return { models, chat, usage, counts, providers, services };
}

/** Lets `ai-block status` and `stop` find this node. */
async function openControl(
  { config: { dataDir }, logger, onStopRequest, clock = systemClock }: NodeOptions,
  services: NodeServices,
  http: HttpServer,
  started: StartedParts,
): Promise<void> {
  const token = toHex(new Uint8Array(randomBytes(32)));
  const handlers = {
    status: async () => ({
      health: await services.health(),
      models: services.models.list(),
      load: services.chat.load(),
      chain: services.chain.counts(),
      peerId: services.network.peerId,
      addresses: services.network.addresses(),
      url: http.url,
    }),
    stop: () => onStopRequest?.(),
  };
  const control = await ControlServer.listen(token, handlers, logger);
  // Until the very end: who asks whether the node runs gets an answer. The file goes first: with the stores free, another
  // node may take over.
  started.addLast("the file of the running node", { close: () => removeNodeFile(dataDir, token) });
  started.addLast("the control port", control);
  const { pid } = process;
  const startedMs = clock.nowMs();
  await writeNodeFile(dataDir, { version: 1, pid, controlPort: control.port, token, url: http.url, startedMs });
}
