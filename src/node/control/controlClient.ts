/** The other end of `controlServer.ts`: finds the node that runs on a data folder, and asks it. */
import { connect } from "node:net";
import { AiBlockError, errorCode } from "../../core/errors.ts";
import { type NodeFile, readNodeFile } from "./nodeFile.ts";

const TIMEOUT_MS = 5000;
const MAX_REPLY_BYTES = 1 << 20;

/**
 * The running node of a data folder; `undefined` when there is none, whatever a killed one left behind. One that is too
 * busy to answer in time, or is paused, runs.
 */
export async function findRunningNode(dataDir: string): Promise<NodeFile | undefined> {
  const file = await readNodeFile(dataDir);
  if (file === undefined) return undefined;
  try {
    await askNode(file, "status");
    return file;
  } catch (error) {
    return isSilent(error, file) ? file : undefined;
  }
}

/** What the node says of itself. Throws `node_not_running`, `node_not_answering`. */
export async function nodeStatus(dataDir: string): Promise<{ readonly file: NodeFile; readonly status: unknown }> {
  const { file, reply } = await askRunning(dataDir, "status");
  return { file, status: reply.status };
}

/** Asks the node to shut down. Throws `node_not_running`, `node_not_answering`. */
export async function stopNode(dataDir: string): Promise<NodeFile> {
  return (await askRunning(dataDir, "stop")).file;
}

async function askRunning(dataDir: string, command: string) {
  const file = await readNodeFile(dataDir);
  if (file === undefined) throw notRunning(dataDir);
  try {
    return { file, reply: await askNode(file, command) };
  } catch (error) {
    if (!isSilent(error, file)) throw notRunning(dataDir);
    const { pid } = file;
    throw new AiBlockError(
      "node_not_answering",
      `the node (process ${pid}) on ${dataDir} has not answered within ${TIMEOUT_MS / 1000} s: it is busy or paused`,
      { dataDir, pid },
    );
  }
}

/** Something listens there and says nothing; it is the node as long as its process is there. */
function isSilent(error: unknown, { pid }: NodeFile): boolean {
  if (errorCode(error) !== "timeout") return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (failure) {
    return errorCode(failure) === "EPERM";
  }
}

/** Throws when nobody listens there, it does not answer in time, or does not know the token. */
async function askNode({ controlPort, token }: NodeFile, command: string): Promise<{ readonly status?: unknown }> {
  const text = await exchange(controlPort, `${JSON.stringify({ token, command })}\n`);
  const reply = JSON.parse(text) as { ok?: unknown; status?: unknown };
  if (reply.ok === true) return { status: reply.status };
  throw new AiBlockError("bad_reply", "control: another program answers at the node's port");
}

function exchange(port: number, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    let text = "";
    socket.setEncoding("utf8");
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new AiBlockError("timeout", "control: no answer in time")));
    socket.on("connect", () => socket.write(request));
    socket.on("data", (piece: string) => {
      text += piece;
      if (text.length > MAX_REPLY_BYTES)
        socket.destroy(new AiBlockError("bad_reply", "control: the answer is too long"));
    });
    socket.on("error", reject);
    socket.on("end", () => socket.end());
    socket.on("close", () => resolve(text));
  });
}

function notRunning(dataDir: string): AiBlockError {
  return new AiBlockError("node_not_running", `no node is running on ${dataDir}`, { dataDir });
}
