/** 100 rounds of 1,000 spends at once against a balance of 100: exactly 100 succeed, and sums agree. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ledger } from "../../../src/chain/ledger/ledger.ts";
import { systemClock } from "../../../src/core/clock.ts";
import { errorCode } from "../../../src/core/errors.ts";
import { exactly, type Finding, orInterrupt, type Part } from "./part.ts";

const ROUNDS = 100;
const SPENDS = 1000;
const BALANCE = 100;

async function run(): Promise<Finding[]> {
  const folder = await mkdtemp(join(tmpdir(), "ai-block-spends-"));
  try {
    const ledger = await Ledger.open(folder, { clock: systemClock, minFreeBytes: 0 });
    let exact = 0;
    let other = 0;
    for (let round = 0; round < ROUNDS; round++) {
      await orInterrupt();
      await ledger.post({ key: `earn ${round}`, account: "ann", amount: BALANCE, reason: "" });
      const spends = Array.from({ length: SPENDS }, (_, i) =>
        ledger.post({ key: `spend ${round} ${i}`, account: "ann", amount: -1, reason: "" }).then(() => "ok", errorCode),
      );
      const outcomes = await Promise.all(spends);
      const succeeded = outcomes.filter((outcome) => outcome === "ok").length;
      other += outcomes.filter((outcome) => outcome !== "ok" && outcome !== "insufficient_balance").length;
      if (succeeded === BALANCE) exact++;
    }
    const { entries, confirmed, pending } = ledger.totals;
    const wrong = await ledger.verify();
    await ledger.close();
    return [
      exactly("rounds in which exactly 100 succeeded", exact, ROUNDS, "of 100"),
      exactly("refusals for another reason than the balance", other, 0),
      exactly("entries", entries, ROUNDS * (BALANCE + 1)),
      exactly("left over", confirmed + pending, 0, "micro-credits"),
      exactly("sums that do not agree", wrong.length, 0),
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export const spends: Part = {
  name: "spends",
  attack: "1,000 spends at once against a balance of 100, 100 rounds",
  run,
};
