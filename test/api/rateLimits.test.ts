import { addressGroup } from "../../src/api/http/rateLimits.ts";
import { createApiKey } from "../../src/api/keys/apiKey.ts";
import { manualClock } from "../../src/core/clock.ts";
import { jsonOf } from "./support/json.ts";
import { withServer } from "./support/withServer.ts";

const LIMIT = 40;

test("forged forwarding headers, other paths and spellings, and more keys of one account do not get around the limit", () => {
  const clock = manualClock();
  const keys = Array.from({ length: 5 }, () => createApiKey(["chat"], { account: "alice" }));
  const options = {
    clock,
    apiKeys: keys.map(({ entry }) => entry),
    rateLimits: { requestsPerMinute: LIMIT },
  };
  return withServer(options, async ({ get }) => {
    const paths = [
      "/v1/models",
      "/v1/models/",
      "//v1/models",
      "/experts",
      "/V1/models/x",
      "/chain/counts?x=1",
      "/accounts",
    ];
    let allowed = 0;
    for (let i = 0; i < 200; i++) {
      const headers = {
        authorization: `Bearer ${keys[i % keys.length]!.text}`,
        "x-forwarded-for": `10.0.${i}.1`,
        forwarded: `for=10.1.${i}.2`,
        "x-real-ip": `10.2.${i}.3`,
        "cf-connecting-ip": `10.3.${i}.4`,
      };
      const response = await get(paths[i % paths.length]!, { headers });
      // An address that is not there costs nothing and gives nothing.
      if (response.status === 200 || response.status === 400) allowed++;
    }
    expect(allowed).toBe(LIMIT);
  });
});

test("the limit holds over any minute, not only over the clock's", () => {
  const clock = manualClock();
  return withServer({ clock, rateLimits: { requestsPerMinute: LIMIT } }, async ({ get }) => {
    const burst = async (): Promise<number> => {
      let allowed = 0;
      for (let i = 0; i < 2 * LIMIT; i++) if ((await get("/v1/models")).status === 200) allowed++;
      return allowed;
    };
    clock.advance(59_000);
    expect(await burst()).toBe(LIMIT);
    clock.advance(2_000);
    expect(await burst()).toBeLessThanOrEqual(1);
    clock.advance(29_000);
    const half = await burst();
    expect(half).toBeGreaterThanOrEqual(LIMIT / 2 - 1);
    expect(half).toBeLessThanOrEqual(LIMIT / 2 + 1);
  });
});

test("answers say what is left, and a refusal when to come back", () => {
  const clock = manualClock();
  return withServer({ clock, rateLimits: { requestsPerMinute: 2, tokensPerMinute: 15 } }, async ({ get, post }) => {
    const first = await post("/chat", { prompt: "hi" });
    expect(first.headers.get("x-ratelimit-limit-requests")).toBe("2");
    expect(first.headers.get("x-ratelimit-remaining-requests")).toBe("1");
    expect(first.headers.get("x-ratelimit-reset-requests")).toBe("60s");
    const second = await get("/v1/models");
    expect(second.headers.get("x-ratelimit-remaining-tokens")).toBe("5");
    const third = await get("/v1/models");
    expect([third.status, (await jsonOf(third)).error.type]).toEqual([429, "rate_limit_error"]);
    expect(third.headers.get("retry-after")).toBe("5");
    expect((await get("/health")).status).toBe(200);
  });
});

test("tokens of prompts and answers count as well", () =>
  withServer({ clock: manualClock(), rateLimits: { tokensPerMinute: 15 } }, async ({ post }) => {
    const statuses = [];
    for (let i = 0; i < 3; i++) statuses.push((await post("/chat", { prompt: "hi" })).status);
    expect(statuses).toEqual([200, 200, 429]);
  }));

test("answers at the same time are limited by caller", () =>
  withServer({ rateLimits: { streams: 2 } }, async ({ post, node }) => {
    node.chat.script = { pieces: undefined, pauseMs: 5 };
    const body = { prompt: "hi", stream: true };
    const open = await Promise.all([post("/chat", body), post("/chat", body)]);
    const third = await post("/chat", body);
    expect([third.status, (await jsonOf(third)).error.code]).toEqual([429, "too_many_streams"]);
    for (const response of open) await response.body!.cancel();
    node.chat.script = { pieces: ["a"] };
    while ((await post("/chat", { prompt: "hi" })).status !== 200);
  }));

test.each([
  ["192.0.2.1", "ip:192.0.2.1"],
  ["::ffff:192.0.2.1", "ip:192.0.2.1"],
  ["2001:db8:1:2ff::1", "ip:2001:db8:1:200::/56"],
  ["2001:db8:1:201:ffff::9", "ip:2001:db8:1:200::/56"],
  ["::1", "ip:0:0:0:0::/56"],
  ["fe80::1%eth0", "ip:fe80:0:0:0::/56"],
  [undefined, "ip:unknown"],
])("the address %s is counted as %s", (address, group) => {
  expect(addressGroup(address)).toBe(group);
});
