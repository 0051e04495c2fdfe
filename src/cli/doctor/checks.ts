/** The checks of `ai-block doctor`. A check never throws: what goes wrong is its result. */
import { rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { freemem, totalmem } from "node:os";
import { join } from "node:path";
import { isLoopback } from "../../api/http/hostAndOrigin.ts";
import { Chain } from "../../chain/chain.ts";
import { DEFAULT_MIN_FREE_BYTES, freeBytes } from "../../chain/store/diskSpace.ts";
import { PACKAGE_FOLDER } from "../../core/config/folders.ts";
import type { Config } from "../../core/config/options.ts";
import { temporaryPath } from "../../core/durableFile.ts";
import { errorCode, errorMessage } from "../../core/errors.ts";
import { readPublicKey } from "../../core/keyFile.ts";
import { makeFolder } from "../../core/makeFolder.ts";
import { workingExecutionProviders } from "../../moe/engine/executionProviders.ts";
import { apiKeyFolder, readApiKeys } from "../../node/apiKeys/apiKeyFolder.ts";
import { findRunningNode } from "../../node/control/controlClient.ts";
import { findOldChain } from "../../node/oldData.ts";
import { fileExists } from "../../node/publish/folderFingerprint.ts";
import { countOf, formatBytes } from "../framework/format.ts";

export interface Check {
  readonly name: string;
  readonly result: "ok" | "warning" | "failed";
  readonly detail: string;
}

type Finding = Omit<Check, "name">;

/** Below this a chain and a small model hardly fit. */
const LOW_DISK_BYTES = 4 * DEFAULT_MIN_FREE_BYTES;
const LOW_MEMORY_BYTES = 512 * 2 ** 20;

const ok = (detail: string): Finding => ({ result: "ok", detail });
const warning = (detail: string): Finding => ({ result: "warning", detail });
const failed = (detail: string): Finding => ({ result: "failed", detail });

export async function runChecks(config: Config): Promise<Check[]> {
  const node = await findRunningNode(config.dataDir);
  const running = node !== undefined;
  const checks: [string, () => Promise<Finding> | Finding][] = [
    ["node version", () => ok(`${process.versions.node} on ${process.platform} ${process.arch}`)],
    ["data folder", () => checkDataFolder(config.dataDir)],
    ["disk", () => checkDisk(config.dataDir)],
    ["memory", checkMemory],
    ["computing", checkProviders],
    ["key", () => checkKey(config.keyFile)],
    ["port", () => (running ? ok(`the running node has it: ${node.url}`) : checkPort(config.http))],
    ["access", () => checkAccess(config)],
    ["chain", () => (running ? ok(`open in the running node (process ${node.pid})`) : checkChain(config.dataDir))],
    ["model", () => checkModel(config)],
  ];
  const results: Check[] = [];
  for (const [name, check] of checks) {
    results.push({
      name,
      ...(await Promise.resolve()
        .then(check)
        .catch((error) => failed(errorMessage(error)))),
    });
  }
  return results;
}

async function checkDataFolder(dataDir: string): Promise<Finding> {
  await makeFolder(dataDir);
  const probe = temporaryPath(dataDir);
  await writeFile(probe, "");
  await rm(probe);
  const oldChain = await findOldChain(dataDir);
  const detail = `${dataDir} can be written`;
  return oldChain === undefined ? ok(detail) : warning(`${detail}; ${oldChain} is of an older version: remove it`);
}

async function checkDisk(dataDir: string): Promise<Finding> {
  const free = await freeBytes(dataDir);
  const detail = `${formatBytes(free)} free`;
  if (free < DEFAULT_MIN_FREE_BYTES)
    return failed(`${detail}; nothing is stored below ${formatBytes(DEFAULT_MIN_FREE_BYTES)}`);
  return free < LOW_DISK_BYTES ? warning(`${detail}: little`) : ok(detail);
}

function checkMemory(): Finding {
  const detail = `${formatBytes(freemem())} of ${formatBytes(totalmem())} free`;
  return freemem() < LOW_MEMORY_BYTES ? warning(`${detail}: little`) : ok(detail);
}

/** What works here, tried: the runtime names providers whose libraries or devices are missing. */
async function checkProviders(): Promise<Finding> {
  return ok((await workingExecutionProviders()).join(", "));
}

async function checkKey(keyFile: string): Promise<Finding> {
  try {
    await readPublicKey(keyFile, "author");
    return ok(keyFile);
  } catch (error) {
    if (errorCode(error) === "key_file_missing") return ok(`${keyFile} will be made at the first start`);
    throw error;
  }
}

function checkPort({ host, port }: Config["http"]): Promise<Finding> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error) => {
      resolve(failed(`${host}:${port}: ${errorMessage(error)}; take another one with --http-port`));
    });
    server.listen(port, host, () => server.close(() => resolve(ok(`${host}:${port} is free`))));
  });
}

/** Who may use the node over HTTP. */
async function checkAccess(config: Config): Promise<Finding> {
  const { host, insecure } = config.http;
  const kept = await readApiKeys(apiKeyFolder(config));
  if (kept !== undefined && kept.problems.length > 0) throw kept.problems[0];
  const count = kept?.entries.length ?? 0;
  if (count > 0) return ok(`whoever has one of ${countOf(count, "API key")}`);
  if (kept !== undefined) return warning("nobody: the node asks for an API key, and there is none");
  if (isLoopback(host)) return ok("programs on this machine, without an API key");
  const everybody = `everybody who reaches ${host}, without an API key`;
  return insecure ? warning(everybody) : failed(`${everybody}; make one with "ai-block keys create"`);
}

async function checkChain(dataDir: string): Promise<Finding> {
  const folder = join(dataDir, "chain");
  if (!(await fileExists(join(folder, "index", "CURRENT")))) return ok("will be made at the first start");
  const chain = await Chain.open(folder);
  try {
    return ok(`opens; ${countOf(chain.models.size, "model")}`);
  } finally {
    await chain.close();
  }
}

async function checkModel({ modelFolder }: Config): Promise<Finding> {
  const folder = modelFolder ?? join(PACKAGE_FOLDER, "data", "demo");
  if ((await fileExists(folder)) || (await fileExists(join(folder, "config.json")))) return ok(folder);
  const missing = `${folder} has no config.json`;
  return modelFolder === undefined
    ? warning(`${missing}: there is no demo model; name a checkpoint folder or a GGUF file with --model-folder`)
    : failed(missing);
}
