/** The port for commands of the same machine: what comes there ends nothing but its own connection. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { ControlServer } from "../../src/node/control/controlServer.ts";
import { silentLog } from "./support.ts";

const TOKEN = "0123456789abcdef".repeat(4);

interface Control {
  readonly server: ControlServer;
  readonly stops: () => number;
  /** Rejections that nobody has handled. */
  readonly unhandled: readonly unknown[];
}

async function withControl(use: (control: Control) => Promise<void>, status = async () => ({ state: "ready" })) {
  const unhandled: unknown[] = [];
  const note = (reason: unknown): void => void unhandled.push(reason);
  const others = process.listeners("unhandledRejection");
  process.removeAllListeners("unhandledRejection").on("unhandledRejection", note);
  let stops = 0;
  const stop = (): void => {
    stops += 1;
  };
  const server = await ControlServer.listen(TOKEN, { status, stop }, silentLog());
  try {
    await use({ server, stops: () => stops, unhandled });
    await server.close();
    // Node looks for rejections after the microtasks of each turn.
    await new Promise(setImmediate);
    expect(unhandled).toEqual([]);
  } finally {
    await server.close();
    process.off("unhandledRejection", note);
    for (const other of others) process.on("unhandledRejection", other);
  }
}

async function connected({ port }: ControlServer): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => undefined);
  await once(socket, "connect");
  return socket;
}

/** Resolves when the other side has ended the connection; what it says is not kept. */
async function endOf(socket: Socket): Promise<void> {
  await once(socket.resume(), "close");
}

/** What comes back until the other side ends. */
async function replyOf(socket: Socket): Promise<string> {
  let text = "";
  for await (const piece of socket.setEncoding("utf8")) text += piece;
  return text;
}

async function ask(server: ControlServer, request: string): Promise<unknown> {
  const socket = await connected(server);
  socket.write(request);
  return JSON.parse(await replyOf(socket));
}

const line = (command: string, token = TOKEN): string => `${JSON.stringify({ token, command })}\n`;

test("status and stop are answered to who knows the token, and to nobody else", async () => {
  await withControl(async ({ server, stops }) => {
    expect(await ask(server, line("status"))).toEqual({ ok: true, status: { state: "ready" } });
    expect(await ask(server, line("stop"))).toEqual({ ok: true });
    for (const request of [
      line("stop", "f".repeat(64)),
      line("stop", ""),
      "{}\n",
      "[]\n",
      "null\n",
      "GET / HTTP/1.1\r\n",
    ])
      expect([request, await ask(server, request)]).toEqual([request, { ok: false, code: "bad_token" }]);
    expect(await ask(server, line("dance"))).toEqual({ ok: false, code: "unknown_command" });
    expect(stops()).toBe(1);
  });
});

test("a connection that is reset, says too much or nothing, or is open at the end, ends alone", async () => {
  await withControl(async ({ server, stops }) => {
    const reset = await connected(server);
    reset.write('{"token":');
    reset.resetAndDestroy();
    const long = await connected(server);
    long.write("x".repeat(4096));
    await endOf(long);
    const ended = await connected(server);
    ended.end(line("stop").slice(0, 40));
    expect(JSON.parse(await replyOf(ended))).toEqual({ ok: false, code: "bad_token" });
    const silent = await connected(server);
    const halfway = await connected(server);
    halfway.write('{"token":');
    // Connections are taken in order: the others are known by now.
    expect(await ask(server, line("status"))).toMatchObject({ ok: true });
    const gone = Promise.all([endOf(silent), endOf(halfway)]);
    await server.close();
    await gone;
    expect(stops()).toBe(0);
  });
});

test("a status that cannot be read is answered too, and the next command is taken", async () => {
  const failing = async (): Promise<never> => {
    throw new Error("the disk is gone");
  };
  await withControl(async ({ server, stops }) => {
    expect(await ask(server, line("status"))).toEqual({ ok: false, code: "failed" });
    expect(await ask(server, line("stop"))).toEqual({ ok: true });
    expect(stops()).toBe(1);
  }, failing);
});

test("closing twice is closing once, and waits for a command under way", async () => {
  const reading = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  const slow = async () => {
    asked.resolve();
    await reading.promise;
    return { state: "ready" };
  };
  await withControl(async ({ server }) => {
    const socket = await connected(server);
    socket.write(line("status"));
    await asked.promise;
    let closed = false;
    const closing = Promise.all([server.close(), server.close()]).then(() => {
      closed = true;
    });
    await endOf(socket);
    expect(closed).toBe(false);
    reading.resolve();
    await closing;
  }, slow);
});
