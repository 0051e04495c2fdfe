import type { Socket } from "node:net";
import { openSocket } from "../../scripts/torture/http/rawClient.ts";
import { closedAfter, requestText } from "./support/raw.ts";
import { withServer } from "./support/withServer.ts";

const JSON_TYPE = { "Content-Type": "application/json" };
/** On a machine with nothing else to do they are closed within 30 s; one that is busy gets its turn later. */
const LIMIT_MS = 90_000;

/** What a slow client sends at once; then comes a byte every two seconds. */
const KINDS: Readonly<Record<string, string>> = {
  "nothing at all": "",
  "slow headers": "GET /live HTTP/1.1\r\nHost: localhost\r\nX-Slow: ",
  "a slow body": requestText(
    "POST",
    "/chat",
    { ...JSON_TYPE, "Content-Length": "1000", Connection: "keep-alive" },
    "{",
  ),
  "a slow body in chunks": `${requestText("POST", "/chat", { ...JSON_TYPE, "Transfer-Encoding": "chunked", Connection: "keep-alive" })}3e8\r\n`,
  "a slow body that nobody reads": requestText(
    "GET",
    "/live",
    { "Content-Length": "1000", Connection: "keep-alive" },
    "x",
  ),
  "a slow body to no address": requestText(
    "POST",
    "/nothing",
    { "Content-Length": "1000", Connection: "keep-alive" },
    "x",
  ),
  "a slow upload": requestText(
    "PATCH",
    `/payloads/${"a".repeat(64)}`,
    {
      "Content-Type": "application/octet-stream",
      "Upload-Offset": "0",
      "Upload-Length": "1000000",
      "Content-Length": "1000000",
      Connection: "keep-alive",
    },
    "x",
  ),
};

test("clients that send a byte now and then are closed in time, whatever they are slow at, and others are served", () =>
  withServer({}, async ({ port, get }) => {
    const sockets: Socket[] = [];
    const closed: Promise<[string, number]>[] = [];
    for (const [kind, beginning] of Object.entries(KINDS)) {
      for (let i = 0; i < 20; i++) {
        const socket = await openSocket(port);
        socket.resume();
        sockets.push(socket);
        closed.push(closedAfter(socket).then((ms) => [kind, ms]));
        if (beginning !== "") socket.write(beginning);
      }
    }
    const drip = setInterval(() => {
      for (const [i, socket] of sockets.entries()) if (i >= 20 && !socket.destroyed) socket.write("x");
    }, 2000);
    try {
      expect((await get("/live")).status).toBe(200);
      const times = await Promise.all(closed);
      expect(times.filter(([, ms]) => ms > LIMIT_MS)).toEqual([]);
      expect((await get("/live")).status).toBe(200);
    } finally {
      clearInterval(drip);
    }
  }));
