/** Random requests by the schemas of the OpenAPI document: never a 5xx. */
import { Random } from "../../support/random.ts";
import { operationsOf, randomRequest } from "../../support/randomRequests.ts";
import { atMost, exactly, type Finding, noted, type Part } from "./part.ts";
import { withRemoteServer } from "./server/remote.ts";

const COUNT = 5000;

async function run(seed: number): Promise<Finding[]> {
  return withRemoteServer({}, async ({ url }) => {
    const operations = operationsOf(await (await fetch(`${url}/openapi.json`)).json());
    const random = new Random(seed);
    const statuses = new Map<number, number>();
    for (let i = 0; i < COUNT; i += 8) {
      await Promise.all(
        Array.from({ length: 8 }, async () => {
          const request = randomRequest(operations, random);
          const { path, body, method, headers } = request;
          const response = await fetch(url + path, { method, headers, ...(body !== undefined && { body }) });
          await response.arrayBuffer();
          statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
          if (response.status >= 500) console.log(`${response.status} for ${JSON.stringify(request)}`);
        }),
      );
    }
    const broken = [...statuses].reduce((sum, [status, count]) => sum + (status >= 500 ? count : 0), 0);
    return [
      exactly(
        "answers",
        [...statuses.values()].reduce((sum, count) => sum + count, 0),
        COUNT,
      ),
      atMost("answers of 500 and above", broken, 0, ""),
      ...[...statuses].toSorted(([a], [b]) => a - b).map(([status, count]) => noted(`status ${status}`, count, "")),
    ];
  });
}

export const randomRequests: Part = { name: "random", attack: "5,000 random requests by the schemas", run };
