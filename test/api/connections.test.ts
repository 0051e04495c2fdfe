import { createServer, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { openSocket } from "../../scripts/torture/http/rawClient.ts";
import { keepRoom } from "../../src/api/http/connections.ts";
import { closedAfter, requestText } from "./support/raw.ts";
import { until } from "./support/until.ts";

const MAX = 10;

/** A server that answers `/slow` when it is told to, and everything else at once. */
async function withSmallServer(
  use: (port: number, server: Server, finish: () => void) => Promise<void>,
): Promise<void> {
  const slow: (() => void)[] = [];
  const server = createServer((req, res) => {
    if (req.url === "/slow") slow.push(() => res.end("done"));
    else req.resume().on("end", () => res.end("ok"));
  });
  keepRoom(server, MAX);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await use((server.address() as AddressInfo).port, server, () => {
      for (const each of slow) each();
    });
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
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
