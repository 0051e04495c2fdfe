import fc from "fast-check";
import { WaitingLine } from "../../src/node/chat/waitingLine.ts";

test("turns come in order, whoever leaves in between, and everyone hears exactly how many come first", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.constantFrom("wait", "next", "leave"), fc.nat(20)), { maxLength: 60 }),
      async (steps) => {
        const line = new WaitingLine();
        // The model: numbers in order.
        let waiting: number[] = [];
        const heard = new Map<number, number>();
        const over: string[] = [];
        const expected: string[] = [];
        const leavers = new Map<number, AbortController>();
        let made = 0;
        for (const [what, choice] of steps) {
          if (what === "wait") {
            const id = made++;
            const controller = new AbortController();
            leavers.set(id, controller);
            waiting.push(id);
            void line
              .wait(controller.signal, (ahead) => heard.set(id, ahead))
              .then(
                () => over.push(`turn ${id}`),
                () => over.push(`left ${id}`),
              );
          } else if (what === "next") {
            expect(line.next()).toBe(waiting.length > 0);
            if (waiting.length > 0) expected.push(`turn ${waiting.shift()}`);
          } else if (waiting.length > 0) {
            const [id] = waiting.splice(choice % waiting.length, 1);
            leavers.get(id!)!.abort();
            expected.push(`left ${id}`);
          }
          await new Promise(setImmediate);
          expect(over).toEqual(expected);
          expect(waiting.map((id) => heard.get(id))).toEqual(waiting.map((_, ahead) => ahead));
        }
        const error = new Error("closing");
        line.refuse(error);
        await new Promise(setImmediate);
        expect(over.length).toBe(made);
        expect(line.next()).toBe(false);
        waiting = [];
      },
    ),
    { numRuns: 60 },
  );
});

test("who leaves in the moment of its turn takes nobody else out of the line", async () => {
  const line = new WaitingLine();
  const controller = new AbortController();
  const first = line.wait(controller.signal);
  const second = line.wait(new AbortController().signal);
  expect(line.next()).toBe(true);
  controller.abort();
  await first;
  expect(line.next()).toBe(true);
  await second;
  expect(line.next()).toBe(false);
});
