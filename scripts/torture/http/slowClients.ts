/** 5,000 sockets, at most 4,000 at a time, that send a byte now and then: all closed within 30 s, others are served. */
import { closedAfter, openSocket, requestText } from "../../../test/api/support/raw.ts";
import { withServer } from "../../../test/api/support/withServer.ts";
import { Conditions, type PartResult } from "./part.ts";

const COUNT = 5000;
/** Below the server's most connections, so that new clients find a place. */
const TOGETHER = 2500;
const DRIP_MS = 10_000;

const BEGINNINGS = [
  "GET /live HTTP/1.1\r\nHost: localhost\r\nX-Slow: ",
  requestText(
    "POST",
    "/chat",
    { "Content-Type": "application/json", "Content-Length": "999", Connection: "keep-alive" },
    "{",
  ),
];

export function slowClients(): Promise<PartResult> {
  return withServer({}, async ({ port, get }) => {
    const conditions = new Conditions();
    let worst = 0;
    let served = 0;
    let asked = 0;
    for (let done = 0; done < COUNT; done += TOGETHER) {
      const sockets = await Promise.all(Array.from({ length: TOGETHER }, () => openSocket(port)));
      const closed = sockets.map(closedAfter);
      for (const [i, socket] of sockets.entries()) socket.resume().write(BEGINNINGS[i % BEGINNINGS.length]!);
      const drip = setInterval(() => {
        for (const socket of sockets) if (!socket.destroyed) socket.write("x");
      }, DRIP_MS);
      const others = setInterval(() => {
        asked++;
        get("/live").then(
          () => served++,
          () => undefined,
        );
      }, 250);
      worst = Math.max(worst, ...(await Promise.all(closed)));
      clearInterval(drip);
      clearInterval(others);
    }
    await get("/live");
    conditions.require(`expected all closed within 30 s, the last took ${worst.toFixed(0)} ms`, worst <= 30_000);
    conditions.require(`expected every new client to be served, got ${served} of ${asked}`, served >= asked - 1);
    const facts = `${COUNT} sockets, the last closed after ${(worst / 1000).toFixed(1)} s; ${served} of ${asked} others served meanwhile`;
    return { facts, failures: conditions.failures };
  });
}
