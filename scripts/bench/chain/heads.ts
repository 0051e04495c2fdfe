/** Heads after each of 100,000 attestations that arrive one by one: the incremental cost, without the disk's sync. */

import { addAttestation, addVersion } from "../../../src/chain/model/headTracker.ts";
import { modelRulesOf } from "../../../src/chain/model/modelRules.ts";
import { Database } from "../../../src/chain/store/database.ts";
import { Transaction } from "../../../src/chain/store/transaction.ts";
import { SampleModel, signerOf } from "../../support/sampleModel.ts";
import { withTemporaryFolder } from "../../support/temporary.ts";
import type { BenchRow } from "../report.ts";

const ATTESTATIONS = 100_000;
const VALIDATORS = 10;

export function benchHeads(): Promise<BenchRow[]> {
  return withTemporaryFolder(async (folder) => {
    const model = new SampleModel({ validators: VALIDATORS, quorum: 6, slots: ["layer0.expert0"] });
    const rules = modelRulesOf(model.meta, model.manifest);
    const database = await Database.open(folder);
    let parent = model.firstVersion("layer0.expert0", { payload: "first" });
    await store(database, (rows) => addVersion(rows, parent, 0));
    const timesMs: number[] = [];
    for (let i = 0; i < ATTESTATIONS; i += VALIDATORS) {
      const candidate = model.candidate(parent, { payload: `${i}`, author: signerOf("miner") });
      await store(database, (rows) => addVersion(rows, candidate, 0));
      for (let validator = 0; validator < VALIDATORS; validator++) {
        const attestation = model.attestation(candidate, validator);
        const rows = new Transaction(database);
        const start = performance.now();
        await addAttestation(rows, attestation, validator, rules, async () => []);
        timesMs.push(performance.now() - start);
        await database.write(rows.changes());
      }
      parent = candidate;
    }
    await database.close();
    timesMs.sort((a, b) => a - b);
    const mean = timesMs.reduce((sum, time) => sum + time, 0) / timesMs.length;
    const p99 = timesMs[Math.floor(timesMs.length * 0.99)] as number;
    return [
      { name: `head update per attestation, ${ATTESTATIONS} one by one, mean`, value: mean, unit: "ms", aim: "< 1" },
      { name: "head update per attestation, p99", value: p99, unit: "ms", aim: "< 1" },
    ];
  });
}

async function store(database: Database, change: (rows: Transaction) => void): Promise<void> {
  const rows = new Transaction(database);
  change(rows);
  await database.write(rows.changes());
}
