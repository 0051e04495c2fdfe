/** 10,000 clients that leave in the middle of their streams: every generation ends, and nothing stays. */
import { withServer } from "../../../test/api/support/withServer.ts";
import { Conditions, msUntil, type PartResult } from "./part.ts";

const COUNT = 10_000;
const TOGETHER = 50;

export function leavingClients(): Promise<PartResult> {
  return withServer({}, async ({ post, node, get }) => {
    node.chat.script = { pieces: undefined, pauseMs: 1 };
    const conditions = new Conditions();
    const leave = async (): Promise<void> => {
      const controller = new AbortController();
      const { body } = await post("/chat", { prompt: "hi", stream: true }, { signal: controller.signal });
      await body!.getReader().read();
      controller.abort();
    };
    const rounds = async (count: number): Promise<void> => {
      for (let i = 0; i < count; i += TOGETHER)
        await Promise.all(Array.from({ length: TOGETHER }, () => leave().catch(() => undefined)));
    };
    await rounds(500);
    const before = heapBytes();
    await rounds(COUNT);
    const ms = await msUntil(() => node.chat.running === 0, 5000);
    node.chat.asked.length = 0;
    const perRequest = (heapBytes() - before) / COUNT;
    conditions.require(`expected no generation after 1 s, took ${ms} ms`, ms < 1000);
    conditions.require(
      `expected all to be released, got ${node.chat.released} of ${COUNT + 500}`,
      node.chat.released >= COUNT + 500,
    );
    conditions.require(`heap: expected below 1 KB a request, got ${perRequest.toFixed(0)} bytes`, perRequest < 1024);
    const open = /^moe_streams_open (\d+)$/m.exec(await (await get("/metrics")).text())?.[1];
    conditions.require(`expected 0 open streams, got ${open}`, open === "0");
    const facts = `${COUNT} left; the last generation ended ${ms.toFixed(0)} ms later; ${perRequest.toFixed(0)} bytes of heap a request`;
    return { facts, failures: conditions.failures };
  });
}

function heapBytes(): number {
  (globalThis as { gc?: () => void }).gc?.();
  return process.memoryUsage().heapUsed;
}
