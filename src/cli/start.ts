/** `ai-block start`: runs a node until Ctrl-C. */
import * as z from "zod";
import { isLoopback } from "../api/http/hostAndOrigin.ts";
import { AiBlockError } from "../core/errors.ts";
import { createLogger } from "../core/logger.ts";
import { findOldChain } from "../node/oldData.ts";
import { type RunningNode, startNode } from "../node.ts";
import { modelPath } from "./engine/modelPath.ts";
import { asUnusableModel } from "./engine/unusableModel.ts";
import { defineCommand } from "./framework/command.ts";
import type { CommandContext } from "./framework/context.ts";
import { CurrentWork } from "./framework/currentWork.ts";
import { EXIT, exitCodeOf } from "./framework/exitCodes.ts";
import { limitEnding } from "./framework/hardStop.ts";
import { hashJson } from "./framework/json.ts";
import { NODE_FLAGS, withFlagName } from "./framework/nameFlags.ts";
import { textOption } from "./framework/option.ts";
import { jsonOption, progressOption } from "./framework/sharedOptions.ts";
import { alignColumns } from "./framework/table.ts";
import { packageVersion } from "./packageVersion.ts";

const schema = z.strictObject({
  chat: z.string(),
  dashboard: z.string(),
  api: z.string(),
  peerId: z.string(),
  addresses: z.array(z.string()),
  model: z.string(),
  modelId: hashJson,
  stateRoot: hashJson,
  dataDir: z.string(),
});

/** After so long the process ends whatever still hangs. */
const HARD_STOP_MS = 15_000;

export const command = defineCommand({
  description:
    "Runs a node: puts a model on its chain if it is not there yet (the demo model, or the checkpoint that --model names), " +
    "serves the chat page and the API, and prints where they are. Keys, chain and folders are made at the first start. The " +
    "first Ctrl-C ends a start that is under way, which the next start goes on with, or lets running answers finish, for 8 " +
    "seconds at most; the second one quits at once.",
  arguments: {},
  options: {
    model: textOption("Checkpoint folder or GGUF file to publish and serve, instead of the demo model.", "path"),
    json: jsonOption,
    progress: progressOption,
  },
  settings: [
    "dataDir",
    "keyFile",
    "passphrase",
    "http.host",
    "http.port",
    "http.frontend",
    "http.apiKeys",
    "http.insecure",
    "http.allowedHosts",
    "http.allowedOrigins",
    "http.metricsPort",
    "modelFolder",
    "engine.precision",
    "engine.executionProvider",
    "engine.threads",
    "engine.expertBudget",
    "chat.concurrency",
    "chat.maxWaiting",
    "log.format",
    "log.file",
  ],
  examples: [
    { command: "start", meaning: "The demo model, with a chat page on this machine." },
    { command: "start --model models/olmoe --engine-precision q4", meaning: "Another checkpoint, in 4 bits." },
    { command: "start --model olmoe.gguf", meaning: "A GGUF file, in the types that it has." },
    { command: "start --http-port 8001 --data-dir other", meaning: "A second node on this machine." },
  ],
  exits: ["config", "keys", "verification", "locked", "diskFull", "portBusy", "noModel", "interrupted"],
  json: schema,
  async run(context, { options }) {
    const { signal } = context;
    const named = options.model ?? context.config.modelFolder;
    const config = { ...context.config, ...(named !== undefined && { modelFolder: await existing(named) }) };
    const oldChain = await findOldChain(config.dataDir);
    if (oldChain !== undefined) {
      context.warn(
        `${oldChain} is of an older version and is not read; the chain is in ${config.dataDir} now: remove it`,
      );
    }
    const logger = createLogger({ ...config.log });
    // What ends the process goes to the log file too.
    process.on("uncaughtExceptionMonitor", (err, origin) => logger.log.fatal({ err, origin }, "the node failed"));
    const stopRequest = new AbortController();
    const ending = AbortSignal.any([signal, stopRequest.signal]);
    const work = new CurrentWork("starting");
    // From the first signal on, whatever the node is busy with: with its start, or with what Node itself does at the end.
    const callOff = limitEnding(ending, HARD_STOP_MS, () => {
      const active = process.getActiveResourcesInfo();
      const message = `the node has not ended within ${HARD_STOP_MS / 1000} s and is quit; it was ${work.description}`;
      logger.log.fatal({ active }, message);
      context.warn(message);
      process.exit(EXIT.failed);
    });
    try {
      const node = await context.withProgress(options.progress, (progress) =>
        startNode({
          config,
          version: packageVersion(),
          logger: logger.log,
          signal: ending,
          onProgress: ({ stage, done, total, unit }) => {
            work.begin(`starting (${stage})`);
            progress.update(stage, done, total, unit);
          },
          onStopRequest: () => stopRequest.abort(new AiBlockError("interrupted", "stopped by request")),
          onClosing: (part) => work.begin(`closing ${part}`),
        }),
      );
      announce(context, node, options.json);
      if (!isLoopback(config.http.host) && !node.apiKeys.required) {
        context.warn(`everybody who reaches ${config.http.host} can use this node: it asks for no API key`);
      }
      await aborted(ending);
      await node.close();
      return EXIT.ok;
    } catch (error) {
      // `ai-block stop` during the start is no failure.
      if (error === stopRequest.signal.reason) return EXIT.ok;
      if (exitCodeOf(error) === EXIT.interrupted) {
        const message = "stopped before the end; the next start goes on from here";
        throw new AiBlockError("interrupted", message, {}, { cause: error });
      }
      throw withFlagName(asUnusableModel(error, named), NODE_FLAGS);
    } finally {
      work.begin("ending its process");
      if (!ending.aborted) callOff();
      logger.close();
    }
  },
});

function announce(context: CommandContext, { url, services, keys, dataDir }: RunningNode, json: boolean): void {
  const served = services.models.find();
  const { peerId } = services.network;
  const addresses = [...services.network.addresses()];
  for (const file of keys.created) context.note(`made the key ${file}; keep a copy in a safe place`);
  const summary: z.infer<typeof schema> = {
    chat: `${url}/`,
    dashboard: `${url}/dashboard`,
    api: `${url}/v1`,
    peerId,
    addresses,
    model: served?.id ?? "",
    modelId: served?.model ?? "",
    stateRoot: served?.stateRoot ?? "",
    dataDir,
  };
  if (json) {
    context.out.json(summary);
    return;
  }
  const rows = [
    ["chat", context.paint("bold", summary.chat)],
    ["dashboard", summary.dashboard],
    ["API", summary.api],
    ["peer id", peerId],
    ["addresses", addresses.length > 0 ? addresses.join(" ") : "none: this node is in no network"],
    ["model", `${summary.model}, state root ${summary.stateRoot}`],
    ["data", dataDir],
  ];
  for (const line of alignColumns(rows)) context.print(line);
  context.note("Ctrl-C stops the node");
}

async function existing(path: string): Promise<string> {
  try {
    return await modelPath(path);
  } catch (error) {
    throw asUnusableModel(error, path);
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
