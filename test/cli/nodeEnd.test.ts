/** How `ai-block start` ends: with 0 when it was asked to, whoever is connected; otherwise with the reason on stderr. */
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { connect } from "node:net";
import { EXIT } from "../../src/cli/framework/exitCodes.ts";
import { nodeFilePath } from "../../src/node/control/nodeFile.ts";
import type { Workplace } from "./runCli.ts";
import { MODEL, startCli, startCliWith, workplaceWithModel } from "./runningNode.ts";

let workplace: Workplace;
const model = () => workplace.path(MODEL);

beforeEach(async () => {
  workplace = await workplaceWithModel();
});
afterEach(() => workplace.remove());

const start = () => startCli(workplace, model(), "--json");

/** Has the process run `script` before everything else. */
function preload(script: string): Record<string, string> {
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(script)}` };
}

test("who holds a connection to the control port open, half a request said, keeps no node from ending with 0", async () => {
  const { child, result } = await start();
  const { controlPort } = JSON.parse(await readFile(nodeFilePath(workplace.data), "utf8")) as { controlPort: number };
  const socket = connect(controlPort, "127.0.0.1");
  socket.on("error", () => undefined);
  socket.write('{"token":');
  await once(socket, "connect");
  const closed = once(socket.resume(), "close");
  // Connections are taken in order: the node has both when it answers.
  expect(await workplace.json(["stop"])).toEqual({ pid: child.pid, stopped: true });
  expect(await result).toMatchObject({ code: 0 });
  await closed;
});

(process.platform === "win32" ? test.skip : test)(
  "a node that is paused is not taken for one that has ended, and ends when it goes on",
  async () => {
    const { child, result } = await start();
    child.kill("SIGSTOP");
    const refused = await workplace.run(["status"]);
    expect(refused.code).toBe(EXIT.failed);
    expect(refused.stderr).toContain(`process ${child.pid}`);
    const stopping = workplace.json(["stop"]);
    child.kill("SIGCONT");
    expect(await stopping).toEqual({ pid: child.pid, stopped: true });
    expect(await result).toMatchObject({ code: 0 });
  },
);

test("a part of the node that hangs at the end is named, and the process ends all the same", async () => {
  // Closing the HTTP server never comes to its end.
  const hang = 'import { Server } from "node:http"; Server.prototype.close = function () { return this; };';
  const { child, result } = await startCliWith(preload(hang), workplace, model(), "--json");
  child.kill("SIGTERM");
  const { code, stderr } = await result;
  expect(code).toBe(EXIT.failed);
  expect(stderr).toMatch(
    /has not ended within 15 s and is quit; it was closing HTTP and running answers, for 1\d\.\d s\n/,
  );
  expect(stderr).toMatch(/"active":\[/);
});

test("a promise that nobody awaits ends the node with 1, with its stack on stderr and in the log file", async () => {
  const mistake =
    'process.on("newListener", (name) => name === "uncaughtExceptionMonitor" && setImmediate(() => Promise.reject(new Error("nobody awaits this"))));';
  const file = workplace.path("node.log");
  const { code, stderr } = await workplace.run(["start", "--http-port", "0", "--model", model(), "--log-file", file], {
    env: preload(mistake),
  });
  expect(code).toBe(EXIT.failed);
  expect(stderr).toMatch(/error: unexpected: nobody awaits this.*\nError: nobody awaits this\n +at /);
  const last = JSON.parse((await readFile(file, "utf8")).trim().split("\n").at(-1)!) as object;
  expect(last).toMatchObject({
    msg: "the node failed",
    origin: "unhandledRejection",
    err: { stack: expect.any(String) },
  });
});
