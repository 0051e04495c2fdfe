/**
 * What computes: `cpu` always does. Knowing another execution provider is not having it: its libraries, drivers or
 * devices may be missing, which only a session finds out.
 *
 * That session is tried in a process of its own. Drivers write to stderr, and some end the process that loads them.
 */
import { execFile, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { AiBlockError } from "../../core/errors.ts";
import { EXECUTION_PROVIDERS, type ExecutionProvider, listExecutionProviders } from "./ort.ts";

const PROBE = fileURLToPath(new URL("./probeProvider.ts", import.meta.url));
const PROBE_TIMEOUT_MS = 60_000;
const MAX_REASON = 200;

/** Throws `execution_provider_unavailable`. Blocks this thread while a provider other than `cpu` is tried. */
export function checkExecutionProvider(provider: ExecutionProvider): ExecutionProvider {
  if (provider === "cpu") return provider;
  const known = listExecutionProviders().map(({ name }) => name);
  const reason = known.includes(provider) ? probe(provider) : `this build of onnxruntime knows ${known.join(", ")}`;
  if (reason === undefined) return provider;
  throw new AiBlockError(
    "execution_provider_unavailable",
    `executionProvider: ${provider} is not available here: ${reason}; cpu always is`,
    { executionProvider: provider, known },
  );
}

/** Why it does not work; `undefined` when it does. */
function probe(provider: ExecutionProvider): string | undefined {
  const { status, signal, stdout, error } = spawnSync(process.execPath, [PROBE, provider], {
    stdio: ["ignore", "pipe", "ignore"],
    encoding: "utf8",
    timeout: PROBE_TIMEOUT_MS,
  });
  if (status === 0) return undefined;
  const said = stdout?.trim().replaceAll(/\s+/g, " ").slice(0, MAX_REASON);
  return said || `trying it ended with ${error?.message ?? signal ?? `exit code ${status}`}`;
}

/**
 * All that work here, each tried, one after the other; nothing blocks. After an abort those that were found until then:
 * the process of a try that is under way is ended first.
 */
export async function workingExecutionProviders(signal?: AbortSignal): Promise<ExecutionProvider[]> {
  const known = new Set(listExecutionProviders().map(({ name }) => name));
  const working: ExecutionProvider[] = [];
  for (const provider of EXECUTION_PROVIDERS) {
    if (provider === "cpu" || (known.has(provider) && (await probeQuietly(provider, signal)))) working.push(provider);
  }
  return working;
}

function probeQuietly(provider: ExecutionProvider, signal: AbortSignal | undefined): Promise<boolean> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve(false);
    const options = { timeout: PROBE_TIMEOUT_MS, ...(signal !== undefined && { signal }) };
    const child = execFile(process.execPath, [PROBE, provider], options, () => undefined);
    child.once("close", (code) => resolve(code === 0));
    // It could not be started at all, or was ended: `close` may never come for the first.
    child.once("error", () => {
      if (child.pid === undefined) resolve(false);
    });
  });
}
