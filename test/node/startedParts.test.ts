/** What was started is closed in reverse order, whatever goes wrong on the way, and says which part it is at. */
import { type StartedPart, StartedParts } from "../../src/node/startedParts.ts";
import { silentLog } from "./support.ts";

function recorded(): { readonly events: string[]; readonly part: (name: string, error?: Error) => StartedPart } {
  const events: string[] = [];
  const part = (name: string, error?: Error): StartedPart => ({
    close: async (drainMs) => {
      // The next part has to wait for this one.
      await new Promise(setImmediate);
      events.push(`${name} ${drainMs}`);
      if (error !== undefined) throw error;
    },
  });
  return { events, part };
}

test("parts close one after the other, the newest first, those that were added as last ones at the end", async () => {
  const { events, part } = recorded();
  const started = new StartedParts(silentLog(), (name) => events.push(`closing ${name}`));
  started.add("stores", part("stores"));
  started.addLast("file", part("file"));
  started.addLast("port", part("port"));
  started.add("engines", part("engines"));
  expect(started.isClosing).toBe(false);
  const first = started.close(200);
  expect(started.isClosing).toBe(true);
  await Promise.all([first, started.close(0)]);
  const names = ["engines", "stores", "file", "port"];
  expect(events).toEqual(names.flatMap((name) => [`closing ${name}`, `${name} 200`]));
});

test("a part that cannot be closed keeps no other from being closed; its error is thrown, the first of several", async () => {
  const { events, part } = recorded();
  const started = new StartedParts(silentLog());
  started.add("stores", part("stores"));
  started.add("counts", part("counts", new Error("second")));
  started.add("engines", part("engines", new Error("first")));
  await expect(started.close(0)).rejects.toThrow("first");
  expect(events).toEqual(["engines 0", "counts 0", "stores 0"]);
  // The same end, not another one.
  await expect(started.close(0)).rejects.toThrow("first");
  expect(events).toHaveLength(3);
});
