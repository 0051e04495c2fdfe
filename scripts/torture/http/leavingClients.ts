/**
 * 10,000 clients that leave in the middle of their streams: every generation ends, and nothing stays. Then 200 that leave
 * a real engine: it stops.
 */
import { requestText } from "../../../test/api/support/raw.ts";
import { demoModel } from "../../bench/http/demoModel.ts";
import { below, exactly, type Finding, msUntil, type Part } from "./part.ts";
import { openSocket } from "./rawClient.ts";
import { type RemoteServer, withRemoteServer } from "./server/remote.ts";

const COUNT = 10_000;
const TOGETHER = 50;
const REAL = 200;
const BODY = JSON.stringify({ prompt: "What is a DAG?", stream: true, max_tokens: 400, temperature: 0 });
const ASK = requestText("POST", "/chat", { "Content-Type": "application/json" }, BODY);

async function run(): Promise<Finding[]> {
  return [...(await scripted()), ...(await onEngine())];
}

function scripted(): Promise<Finding[]> {
  return withRemoteServer({}, async (server) => {
    await server.script("endless");
    await leave(server, 1000, TOGETHER);
    const before = await server.ask("baseline");
    const heap: number[] = [before.heapUsed];
    for (let done = 0; done < COUNT; done += 1000) {
      await leave(server, 1000, TOGETHER);
      heap.push((await server.ask("collected")).heapUsed);
    }
    const ms = await msUntil(async () => (await server.ask("stats")).running === 0, 5000);
    const { begun, aborted, released } = await server.ask("stats");
    const open = /^moe_streams_open (\d+)$/m.exec(await (await fetch(`${server.url}/metrics`)).text())?.[1];
    return [
      exactly("generations begun", begun, COUNT + 1000),
      exactly("generations cut short", aborted, begun),
      exactly("reservations given back", released, begun),
      below("last generation ended after", ms, 1000, "ms"),
      exactly("streams open by the gauge", Number(open), 0),
      below("heap slope", slope(heap) / 1000, 1024, "bytes a request"),
    ];
  });
}

/** On a real model: what the clients left behind does not compute on. */
function onEngine(): Promise<Finding[]> {
  const model = demoModel();
  return withRemoteServer({ model }, async (server) => {
    await leave(server, 20, 10);
    await msUntil(async () => (await server.ask("stats")).running === 0, 20_000);
    const times: number[] = [];
    for (let done = 0; done < REAL; done += 10) {
      await leave(server, 10, 10);
      times.push(await msUntil(async () => (await server.ask("stats")).running === 0, 5000));
    }
    const from = (await server.ask("stats")).cpuMs;
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const busyMs = (await server.ask("stats")).cpuMs - from;
    return [
      below("engine: idle after its clients left, slowest of 20 × 10", Math.max(...times), 250, "ms"),
      below("engine: processor time in the second after", busyMs, 250, "ms"),
    ];
  });
}

/** `count` clients, `together` at a time, that go away at their first token. */
async function leave({ port }: RemoteServer, count: number, together: number): Promise<void> {
  for (let i = 0; i < count; i += together) await Promise.all(Array.from({ length: together }, () => leaveOnce(port)));
}

async function leaveOnce(port: number): Promise<void> {
  const socket = await openSocket(port);
  await new Promise<void>((resolve) => {
    let text = "";
    socket.on("data", (bytes: Buffer) => {
      text += String(bytes);
      if (text.includes("event: token")) socket.destroy();
    });
    socket.once("close", resolve);
    socket.write(ASK);
  });
}

/** Bytes a step, by least squares over the second half: the first fills caches. */
function slope(values: readonly number[]): number {
  const half = values.slice(Math.floor(values.length / 2));
  const middle = (half.length - 1) / 2;
  const mean = half.reduce((sum, value) => sum + value, 0) / half.length;
  const up = half.reduce((sum, value, i) => sum + (i - middle) * (value - mean), 0);
  return up / half.reduce((sum, _, i) => sum + (i - middle) ** 2, 0);
}

export const leavingClients: Part = { name: "leaving", attack: "10,000 clients leave mid-stream", run };
