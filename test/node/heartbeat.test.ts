/** The line that passes by in the log, over a real chain, engine and ledger. */
import { join } from "node:path";
import { Writable } from "node:stream";
import type { NodeServices } from "../../src/api/services/node.ts";
import { Ledger } from "../../src/chain/ledger/ledger.ts";
import { toHex } from "../../src/core/bytes.ts";
import { systemClock } from "../../src/core/clock.ts";
import { createLogger } from "../../src/core/logger.ts";
import { Speed } from "../../src/node/chat/speed.ts";
import { readHealth } from "../../src/node/health.ts";
import { Heartbeat } from "../../src/node/heartbeat.ts";
import { ChainCounts } from "../../src/node/services/chainCounts.ts";
import { NodeChainService } from "../../src/node/services/chainService.ts";
import { LonelyNetwork } from "../../src/node/services/networkService.ts";
import { addBlocks, ask, type Bench, betterExpert, publisher, withBench } from "./support.ts";

const account = toHex(publisher.publicKey);

type Line = Readonly<Record<string, unknown>>;

function logOf(): { lines: Line[]; log: ReturnType<typeof createLogger>["log"] } {
  const lines: Line[] = [];
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      lines.push(JSON.parse(String(chunk)) as Line);
      done();
    },
  });
  return { lines, log: createLogger({ format: "json", stream: stream as unknown as NodeJS.WriteStream }).log };
}

/** `onBeat` is told of every look at the node's health, which each beat takes. */
async function servicesOf({ chain, models, chat, folder }: Bench, onBeat: () => void): Promise<NodeServices> {
  const counts = new ChainCounts(chain);
  await counts.start();
  const speed = new Speed(systemClock);
  const health = {
    version: "0",
    startedMs: 0,
    network: "main",
    dataDir: folder,
    executionProviders: () => ["cpu"],
    models,
    chat,
    speed,
    isClosing: () => false,
  };
  return {
    models,
    chat,
    chain: new NodeChainService(chain, counts),
    network: new LonelyNetwork({ peerId: "me", version: "0", models, speed, clock: systemClock }),
    health: () => {
      onBeat();
      return readHealth(health);
    },
  } as unknown as NodeServices;
}

test("a line when something has changed, and none when nothing has", async () => {
  await withBench({}, async (bench) => {
    const { chain, folder } = bench;
    const ledger = await Ledger.open(join(folder, "ledger"), { clock: systemClock, minFreeBytes: 0 });
    const { lines, log } = logOf();
    let beaten = 0;
    const services = await servicesOf(bench, () => {
      beaten += 1;
    });
    const heartbeat = new Heartbeat({ services, chain, ledger, account, log, everyMs: 5 });
    const beats = async (count: number): Promise<void> => {
      while (lines.length < count) await new Promise((done) => setTimeout(done, 5));
      const upTo = beaten + 5;
      while (beaten < upTo) await new Promise((done) => setTimeout(done, 5));
      expect(lines).toHaveLength(count);
    };
    try {
      heartbeat.start();
      await beats(1);
      expect(lines[0]).toMatchObject({
        msg: "heartbeat",
        status: "ready",
        height: 1,
        peers: 0,
        running: 0,
        layers: "0-2",
        tokensGenerated: 0,
        earnedMicroCredits: 0,
      });
      expect(lines[0]!.blocks).toBeGreaterThan(10);
      await addBlocks(chain, await betterExpert(bench, "layer0.expert1", 2));
      await beats(2);
      expect(lines[1]).toMatchObject({ height: 3 });
      await ledger.post({ key: "a", account, amount: 5, reason: "test" });
      await beats(3);
      expect(lines[2]).toMatchObject({ earnedMicroCredits: 5 });
    } finally {
      await heartbeat.close();
      await heartbeat.close();
      await ledger.close();
    }
    await ask(bench.chat, {});
    expect(lines).toHaveLength(3);
  });
});
