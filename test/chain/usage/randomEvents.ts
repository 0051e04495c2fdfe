/** Random usage events of a few versions, and the plain sum of events: what a store has to agree with. */
import fc from "fast-check";
import { hashOf } from "../../../scripts/support/sampleModel.ts";
import {
  addUsage,
  type UsageCounts,
  type UsageEvent,
  type VersionUsage,
} from "../../../src/chain/usage/usageCounts.ts";
import { toHex } from "../../../src/core/bytes.ts";

export const VERSIONS = Array.from({ length: 4 }, (_, i) => toHex(hashOf(`version ${i}`)));

const count = fc.nat(2 ** 40);
const counts: fc.Arbitrary<Partial<UsageCounts>> = fc.record(
  { tokens: count, answerTokens: count, gateMassMicro: count, requests: count, loads: count, computeMicros: count },
  { requiredKeys: [] },
);

export const event: fc.Arbitrary<UsageEvent> = fc.record({
  timeMs: fc.nat(2 ** 42),
  versions: fc
    .dictionary(fc.constantFrom(...VERSIONS), counts, { maxKeys: 4 })
    .map((all) => new Map(Object.entries(all))),
});

export function fold(events: readonly UsageEvent[]): Map<string, VersionUsage> {
  const sums = new Map<string, VersionUsage>();
  for (const { timeMs, versions } of events) {
    for (const [version, more] of versions) sums.set(version, addUsage(sums.get(version), more, timeMs));
  }
  return sums;
}
