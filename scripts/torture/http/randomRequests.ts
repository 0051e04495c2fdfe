/** Random requests by the schemas of the OpenAPI document: never a 500. */
import { withServer } from "../../../test/api/support/withServer.ts";
import { Random } from "../../support/random.ts";
import { operationsOf, randomRequest } from "../../support/randomRequests.ts";
import type { PartResult } from "./part.ts";

const COUNT = 5000;

export function randomRequests(seed: number): Promise<PartResult> {
  return withServer({}, async ({ get }) => {
    const operations = operationsOf(await (await get("/openapi.json")).json());
    const random = new Random(seed);
    const statuses = new Map<number, number>();
    const failures: string[] = [];
    for (let i = 0; i < COUNT; i += 8) {
      await Promise.all(
        Array.from({ length: 8 }, async () => {
          const request = randomRequest(operations, random);
          const { path, body, method, headers } = request;
          const response = await get(path, { method, headers, ...(body !== undefined && { body }) });
          await response.arrayBuffer();
          statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
          if (response.status >= 500) failures.push(`${response.status} for ${JSON.stringify(request)}`);
        }),
      );
    }
    const counts = [...statuses].toSorted(([a], [b]) => a - b).map(([status, count]) => `${status}: ${count}`);
    return { facts: `${COUNT} requests, seed ${seed}; ${counts.join(", ")}`, failures };
  });
}
