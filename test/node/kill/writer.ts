/** A process that books and records as fast as it can, and says what was acknowledged. It is killed from outside. */
import { join } from "node:path";
import { Ledger } from "../../../src/chain/ledger/ledger.ts";
import { UsageStore } from "../../../src/chain/usage/usageStore.ts";
import { systemClock } from "../../../src/core/clock.ts";

const folder = process.argv[2]!;
const options = { clock: systemClock, minFreeBytes: 0 };
const ledger = await Ledger.open(join(folder, "ledger"), options);
const usage = await UsageStore.open(join(folder, "usage"), { ...options, maxEvents: 1_000_000, maxPendingEvents: 7 });
const from = ledger.totals.entries;
const versions = ["ab", "cd", "ef"].map((pair) => pair.repeat(32));

for (let i = 1; ; i++) {
  // Some come together with others, and with one that is refused: that must not be seen in what is stored beside it.
  const together = Array.from({ length: 1 + (i % 9) }, (_, j) => j);
  const refused = [
    ledger.post({ key: `${process.pid} ${i} spend`, account: `a${i % 5}`, amount: -1_000_000_000, reason: "" }),
    usage.record({ timeMs: i, versions: new Map([[versions[0]!, { tokens: -1 }]]) }),
  ].map((change) => change.then(refuse, () => undefined));
  const entries = together.map((j) =>
    ledger.post({
      key: `${process.pid} ${i} ${j}`,
      account: `a${(i + j) % 5}`,
      amount: (i % 7) + 1,
      reason: "",
      heldUntilMs: (i + j) % 3 === 0 ? Date.now() + 20 : null,
    }),
  );
  const events = together.map((j) => {
    const counts = new Map([0, 1].map((k) => [versions[(i + j + k) % 3]!, { tokens: i + j, requests: 1 }]));
    return usage.record({ timeMs: i, versions: counts });
  });
  const numbers = (await Promise.all(entries)).map(({ number }) => number);
  const line = `${Math.max(...numbers)} ${Math.max(...(await Promise.all(events)))}`;
  await Promise.all(refused);
  process.stdout.write(`${line}\n`);
  if (i > from + 100_000) break;
}

function refuse(): never {
  throw new Error("expected a refusal");
}
