/** The other end of `controlServer.ts`: finds the node that runs on a data folder, and asks it. */
import { connect } from "node:net";
import { AiBlockError } from "../../core/errors.ts";
import { type NodeFile, readNodeFile } from "./nodeFile.ts";

const TIMEOUT_MS = 5000;
const MAX_REPLY_BYTES = 1 << 20;

/** The running node of a data folder; `undefined` when none answers, whatever a killed one left behind. */
export async function findRunningNode(dataDir: string): Promise<NodeFile | undefined> {
  const file = await readNodeFile(dataDir);
  if (file === undefined) return undefined;
  const reply = await askNode(file, "status").catch(() => undefined);
  return reply === undefined ? undefined : file;
}

/** What the node says of itself. Throws `node_not_running`. */
export async function nodeStatus(dataDir: string): Promise<{ readonly file: NodeFile; readonly status: unknown }> {
  const file = await readNodeFile(dataDir);
  if (file === undefined) throw notRunning(dataDir);
  const { status } = await askNode(file, "status").catch(() => {
    throw notRunning(dataDir);
  });
  return { file, status };
}

/** Asks the node to shut down. Throws `node_not_running`. */
export async function stopNode(dataDir: string): Promise<NodeFile> {
  const file = await readNodeFile(dataDir);
  if (file === undefined) throw notRunning(dataDir);
  await askNode(file, "stop").catch(() => {
    throw notRunning(dataDir);
  });
  return file;
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
