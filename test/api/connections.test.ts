import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from "node:net";
import { networkInterfaces } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { openSocket } from "../../scripts/torture/http/rawClient.ts";
import { keepRoom } from "../../src/api/http/connections.ts";
import { oneRequestAtATime } from "../../src/api/http/oneRequest.ts";
import { connectionKey, readSendQueues } from "../../src/api/http/sendQueues.ts";
import { closeUnread } from "../../src/api/http/unreadAnswers.ts";
import { closeUnreadStreams } from "../../src/api/http/unreadStreams.ts";
import { closedAfter, requestText } from "./support/raw.ts";
import { until } from "./support/until.ts";

const MAX = 10;
/** More than the kernel takes for a client that reads nothing. */
const LARGE = Buffer.alloc(32 * 1024 * 1024, "x");
/** Short, where a client is to be closed. */
const STALL_MS = 300;
/** Long, where none is, however late the machine gives it its turn. */
const LONG_STALL_MS = 3000;

/** A server that answers `/slow` when it is told to, `/large` with a lot, and everything else at once. */
async function withSmallServer(
  use: (port: number, server: Server, finish: () => void, asked: readonly string[]) => Promise<void>,
  stallMs = STALL_MS,
): Promise<void> {
  const slow: (() => void)[] = [];
  const asked: string[] = [];
  const server = createServer(
    oneRequestAtATime((req, res) => {
      asked.push(req.url ?? "");
      if (req.url === "/stream") stream(res);
      else if (req.url === "/slow") slow.push(() => res.end("done"));
      else req.resume().on("end", () => res.end(req.url === "/large" ? LARGE : "ok"));
    }),
  );
  keepRoom(server, MAX);
  closeUnread(server, stallMs);
  closeUnreadStreams(server, stallMs);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const finish = (): void => {
      for (const each of slow) each();
    };
    await use((server.address() as AddressInfo).port, server, finish, asked);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

/** 200 kB a second, as long as the client is there: what the kernel takes lasts for many seconds. */
function stream(res: ServerResponse): void {
  const timer = setInterval(() => res.write("x".repeat(4_000)), 20);
  res.on("close", () => clearInterval(timer));
}

function ask(port: number, path: string): Promise<string> {
  return fetch(`http://127.0.0.1:${port}${path}`, { headers: { connection: "close" } }).then((each) => each.text());
}

test("a full server closes whoever has waited longest for the rest of its request, and serves everybody else", () =>
  withSmallServer(async (port, _server, finish) => {
    const slow = ask(port, "/slow");
    const closed: number[] = [];
    const sockets: Socket[] = [];
    for (let i = 0; i < 30; i++) {
      const socket = await openSocket(port);
      sockets.push(socket.resume());
      closedAfter(socket).then(
        () => closed.push(i),
        () => undefined,
      );
      socket.write(
        i % 2 === 0 ? "GET / HTTP/1.1\r\nHost: x\r\nX: " : requestText("POST", "/", { "Content-Length": "9" }, "x"),
      );
      expect(await ask(port, "/")).toBe("ok");
    }
    await until(() => closed.length >= 30 - MAX);
    expect(closed.toSorted((a, b) => a - b)).toEqual(Array.from(closed, (_, i) => i));
    expect(closed.length).toBeLessThan(30 - MAX + 4);
    finish();
    expect(await slow).toBe("done");
    for (const socket of sockets) socket.destroy();
  }));

test("answers under way are never closed for newcomers", () =>
  withSmallServer(async (port, server, finish) => {
    const slow = Array.from({ length: MAX - 1 }, () => ask(port, "/slow"));
    let open = 0;
    const count = (): void => {
      server.getConnections((_error, connections) => {
        open = connections;
      });
    };
    await until(() => {
      count();
      return open === MAX - 1;
    });
    await expect(ask(port, "/")).rejects.toThrow();
    finish();
    expect(await Promise.all(slow)).toEqual(slow.map(() => "done"));
    expect(await ask(port, "/")).toBe("ok");
  }));

test("a kept-alive connection goes to the end of the line with every request", () =>
  withSmallServer(async (port) => {
    const kept = await openSocket(port);
    kept.resume();
    for (let i = 0; i < 3 * MAX; i++) {
      const answered = new Promise((resolve) => kept.once("data", resolve));
      kept.write(requestText("GET", "/", { Connection: "keep-alive" }));
      await answered;
      const idle = await openSocket(port);
      idle.resume();
    }
    expect(kept.destroyed).toBe(false);
    kept.destroy();
  }));

const get = (path: string): string => requestText("GET", path, { Connection: "keep-alive" });

/** A client that asks and reads nothing of the answer. */
async function unread(port: number, path: string): Promise<Socket> {
  const socket = await openSocket(port);
  socket.pause().write(get(path));
  return socket;
}

test("a full server closes whoever does not read its whole answer, before anybody whose answer is under way", () =>
  withSmallServer(async (port, server, finish) => {
    server.timeout = 60_000;
    const slow = ask(port, "/slow");
    const sockets = await Promise.all(Array.from({ length: MAX - 2 }, () => unread(port, "/large")));
    const connections = await Promise.all(Array.from({ length: 5 }, () => ask(port, "/")));
    expect(connections).toEqual(connections.map(() => "ok"));
    finish();
    expect(await slow).toBe("done");
    for (const socket of sockets) socket.destroy();
  }));

test("an answer of which its client takes nothing any more is closed; one that is still computed is not", () =>
  withSmallServer(async (port, _server, finish) => {
    const socket = await unread(port, "/large");
    const slow = ask(port, "/slow");
    const from = performance.now();
    // Without reading, a closed connection shows in an error of the next write only.
    await until(() => {
      socket.write("x");
      return socket.destroyed;
    });
    await until(() => performance.now() - from > 3 * STALL_MS);
    finish();
    expect(await slow).toBe("done");
  }));

test("a client that reads slowly gets all of a large answer", () =>
  withSmallServer(async (port) => {
    const socket = await openSocket(port);
    let bytes = 0;
    socket.on("data", (piece: Buffer) => {
      bytes += piece.length;
      socket.pause();
      setTimeout(() => socket.resume(), 10);
    });
    const closed = closedAfter(socket);
    socket.write(requestText("GET", "/large"));
    expect(await closed).toBeGreaterThan(LONG_STALL_MS);
    expect(bytes).toBeGreaterThan(LARGE.length);
  }, LONG_STALL_MS));

test("of requests that come before the first answer none is begun: the connection closes with that answer", () =>
  withSmallServer(async (port, _server, finish, asked) => {
    const socket = await openSocket(port);
    let text = "";
    socket.on("data", (piece: Buffer) => {
      text += String(piece);
    });
    const closed = closedAfter(socket);
    socket.write(get("/slow") + get("/second") + get("/third"));
    await until(() => asked.length > 0);
    finish();
    await closed;
    expect(text.match(/HTTP\/1\.1 200/g)).toHaveLength(1);
    expect(text.endsWith("done")).toBe(true);
    expect(asked).toEqual(["/slow"]);
  }));

test("a hundred requests before the first answer end the connection at once", () =>
  withSmallServer(async (port, _server, _finish, asked) => {
    const socket = await openSocket(port);
    socket.resume().write(get("/slow").repeat(100));
    await closedAfter(socket);
    expect(asked).toEqual(["/slow"]);
  }));

const onLinux = process.platform === "linux" ? test : test.skip;

onLinux("a stream of which its client takes nothing more is closed long before a write would have to wait", () =>
  withSmallServer(async (port, server) => {
    const written = new Promise<{ bytes: number; waited: boolean }>((resolve) => {
      server.on("connection", (socket) => {
        let waited = false;
        socket.on("drain", () => {
          waited = true;
        });
        socket.on("close", () => resolve({ bytes: socket.bytesWritten, waited }));
      });
    });
    const from = performance.now();
    const socket = await unread(port, "/stream");
    const { bytes, waited } = await written;
    expect(performance.now() - from).toBeGreaterThan(STALL_MS);
    expect([bytes < 2_000_000, waited]).toEqual([true, false]);
    socket.destroy();
  }),
);

test("a stream that is read now and then goes on", () =>
  withSmallServer(async (port) => {
    const socket = await openSocket(port);
    let bytes = 0;
    socket.on("data", (piece: Buffer) => {
      bytes += piece.length;
    });
    socket.write(get("/stream"));
    for (let i = 0; i < 6; i++) {
      socket.pause();
      await sleep(LONG_STALL_MS / 3);
      const before = bytes;
      socket.resume();
      await until(() => bytes > before);
    }
    expect(socket.destroyed).toBe(false);
    socket.destroy();
  }, LONG_STALL_MS));

const hasIpv6 = Object.values(networkInterfaces()).some((each) => each?.some(({ address }) => address === "::1"));

onLinux.each(hasIpv6 ? ["127.0.0.1", "::1", "::"] : ["127.0.0.1"])(
  "what the kernel holds of a connection to %s is known, and falls when it is read",
  async (host) => {
    const server = createTcpServer();
    await new Promise<void>((resolve) => server.listen(0, host, resolve));
    const { port } = server.address() as AddressInfo;
    const accepted = once(server, "connection") as Promise<[Socket]>;
    const client = connect(port, host === "::" ? "127.0.0.1" : host).pause();
    const [socket] = await accepted;
    socket.write(LARGE);
    const queued = async (): Promise<number> => (await readSendQueues(port))!.get(connectionKey(socket)) ?? 0;
    while ((await queued()) < 65_536) await sleep(5);
    client.resume();
    while ((await queued()) > 0) await sleep(5);
    client.destroy();
    socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  },
);
