import { EventOutbox } from "../../../src/moe/engine/eventOutbox.ts";
import type { GenerateEvent } from "../../../src/moe/engine/protocol.ts";

const event = (index: number) => ({ type: "token", id: 7, index }) as GenerateEvent;

test("what comes in one go leaves as one message, in order, before the next turn", async () => {
  const sent: (readonly (readonly [number, GenerateEvent])[])[] = [];
  const outbox = new EventOutbox((events) => sent.push(events));
  outbox.add(1, event(0));
  outbox.add(2, event(0));
  outbox.add(1, event(1));
  expect(sent).toEqual([]);
  await Promise.resolve();
  outbox.add(2, event(1));
  await Promise.resolve();
  expect(sent).toEqual([
    [
      [1, event(0)],
      [2, event(0)],
      [1, event(1)],
    ],
    [[2, event(1)]],
  ]);
});

test("nothing that was added is behind what is said after a flush, and nothing leaves twice", async () => {
  const sent: unknown[] = [];
  const outbox = new EventOutbox((events) => sent.push(...events));
  outbox.add(1, event(0));
  outbox.flush();
  sent.push("result");
  await Promise.resolve();
  expect(sent).toEqual([[1, event(0)], "result"]);
});
