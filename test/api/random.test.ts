import { Random } from "../../scripts/support/random.ts";
import { operationsOf, type RandomRequest, randomRequest } from "../../scripts/support/randomRequests.ts";
import { withServer } from "./support/withServer.ts";

const SEED = 5000;
const COUNT = 1000;

test(`${COUNT} random requests by the schemas: no 5xx, every refusal in the one shape, some of each kind`, () =>
  withServer({}, async ({ get, logged }) => {
    const random = new Random(SEED);
    const operations = operationsOf(await (await get("/openapi.json")).json());
    expect(operations.length).toBeGreaterThan(25);
    const statuses = new Map<number, number>();
    const ask = async (request: RandomRequest): Promise<void> => {
      const { method, path, headers, body } = request;
      const response = await get(path, { method, headers, ...(body !== undefined && { body }) });
      const text = await response.text();
      statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
      if (response.status >= 500)
        throw new Error(`seed ${SEED}: ${response.status} for ${JSON.stringify(request)}: ${text}`);
      if (response.status < 400 || method === "HEAD") return;
      const { error } = JSON.parse(text) as { error: object };
      expect(Object.keys(error).slice(0, 4)).toEqual(["message", "type", "param", "code"]);
    };
    for (let i = 0; i < COUNT; i += 8) {
      await Promise.all(Array.from({ length: 8 }, () => ask(randomRequest(operations, random))));
    }
    expect([...statuses.keys()]).toEqual(expect.arrayContaining([200, 400, 404, 405]));
    expect(statuses.get(200)).toBeGreaterThan(COUNT / 20);
    expect(logged()).not.toContain('"level":50');
  }));
