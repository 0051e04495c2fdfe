import { FIELD_LIMITS } from "../../src/api/limits.ts";
import { jsonOf } from "./support/json.ts";
import { withServer } from "./support/withServer.ts";

const ABSURD: readonly unknown[] = [2 ** 31, 1e9, -1e9, 1e308, -5, 1.5, "1", "", true, [], {}, [1]];

/** Numeric fields, with values of the list above that are fine there. */
const CHAT: Readonly<Record<string, readonly unknown[]>> = {
  temperature: [1.5],
  top_p: [],
  top_k: [1e9],
  min_p: [],
  repetition_penalty: [1.5],
  frequency_penalty: [1.5],
  presence_penalty: [1.5],
  max_tokens: [],
  top_k_experts: [],
  top_logprobs: [],
  seed: [2 ** 31, 1e9, -1e9, -5],
};
const V1: Readonly<Record<string, readonly unknown[]>> = {
  temperature: [1.5],
  top_p: [],
  frequency_penalty: [1.5],
  presence_penalty: [1.5],
  max_tokens: [],
  max_completion_tokens: [],
  n: [],
  top_logprobs: [],
  seed: [2 ** 31, 1e9, -1e9, -5],
};

test.each([
  ["/chat", { prompt: "hi" }, CHAT],
  ["/v1/chat/completions", { model: "tiny", messages: [{ role: "user", content: "hi" }] }, V1],
  [
    "/v1/completions",
    { model: "tiny", prompt: "hi" },
    { ...V1, best_of: [], top_logprobs: ABSURD, max_completion_tokens: ABSURD },
  ],
])("%s refuses absurd numbers in every field by its name, before anything is generated", (path, base, fields) =>
  withServer({}, async ({ post, node }) => {
    for (const [field, fine] of Object.entries<readonly unknown[]>(fields)) {
      for (const value of ABSURD) {
        if (fine.includes(value)) continue;
        const response = await post(path, { ...base, [field]: value });
        expect([field, value, response.status]).toEqual([field, value, 400]);
        expect(String((await jsonOf(response)).error.param)).toMatch(new RegExp(`^${field}`));
      }
    }
    expect(node.chat.begun).toBe(0);
  }),
);

test("numbers that JSON cannot hold exactly are refused where they must be integers of 64 bits", () =>
  withServer({}, async ({ post }) => {
    for (const seed of ["1e400", "-1e400", "18446744073709551616", "0.5"]) {
      const response = await post("/chat", `{"prompt":"hi","seed":${seed}}`);
      expect([seed, response.status, (await jsonOf(response)).error.param]).toEqual([seed, 400, "seed"]);
    }
    expect((await post("/chat", '{"prompt":"hi","seed":18446744073709549568}')).status).toBe(200);
  }));

test("lists and texts have a most: stops, messages, biases, prompts, lengths", () =>
  withServer({}, async ({ post, node }) => {
    const v1 = { model: "tiny", messages: [{ role: "user", content: "hi" }] };
    const many = <T>(count: number, value: T): T[] => new Array<T>(count).fill(value);
    const refused: [string, object, string][] = [
      ["/chat", { prompt: "hi", stop: many(10_000, "x") }, "stop"],
      ["/chat", { prompt: "hi", stop: "x".repeat(FIELD_LIMITS.stopChars + 1) }, "stop"],
      ["/chat", { prompt: "hi", stop: "" }, "stop"],
      ["/chat", { messages: many(FIELD_LIMITS.messages + 1, v1.messages[0]) }, "messages"],
      ["/v1/chat/completions", { ...v1, messages: many(FIELD_LIMITS.messages + 1, v1.messages[0]) }, "messages"],
      ["/v1/chat/completions", { ...v1, stop: many(5, "x") }, "stop"],
      ["/v1/completions", { model: "tiny", prompt: many(FIELD_LIMITS.prompts + 1, "x") }, "prompt"],
      ["/v1/completions", { model: "tiny", prompt: [1, 2, 3] }, "prompt[0]"],
      ["/v1/completions", { model: "tiny", prompt: "x", logprobs: 3 }, "logprobs"],
      ["/v1/completions", { model: "tiny", prompt: "x", echo: true }, "echo"],
      ["/chat", { prompt: "hi", session: "x".repeat(129) }, "session"],
      ["/chat", { prompt: "hi", model: "x".repeat(257) }, "model"],
      ["/chat", { prompt: "" }, "prompt"],
    ];
    for (const [path, body, param] of refused) {
      const response = await post(path, body);
      expect([path, param, response.status, (await jsonOf(response)).error.param]).toEqual([path, param, 400, param]);
    }
    const long = await post("/chat", { prompt: "x".repeat(10_000_000) });
    expect(long.status).toBe(413);
    expect(node.chat.asked).toEqual([]);
  }));

const EXTRA = [
  "isAdmin",
  "admin",
  "role",
  "balance",
  "amount",
  "scopes",
  "account",
  "caller",
  "__proto__",
  "constructor",
];
const EXTRA_TOO = [
  "prototype",
  "toString",
  "valueOf",
  "hasOwnProperty",
  "then",
  "requestId",
  "model_id",
  "free",
  "key",
  "id",
];

test("fields that nobody declared have no effect on any address that takes a body, and prototypes stay as they are", () =>
  withServer({}, async ({ post, node }) => {
    const bodies: [string, object][] = [
      ["/chat", { prompt: "hi" }],
      ["/chat/distributed", { prompt: "hi", stream: false }],
      ["/v1/chat/completions", { model: "tiny", messages: [{ role: "user", content: "hi" }] }],
      ["/v1/completions", { model: "tiny", prompt: "hi" }],
      ["/p2p/register", { node_id: "n", host: "h", port: 1 }],
      ["/chain/blocks", { blocks: ["AAAA"] }],
      ["/upload_moe_experts", { expert_name: "layer0.expert0", tensor_data_b64: "AAAA", block_b64: "AAAA" }],
    ];
    const before = Object.getOwnPropertyNames(Object.prototype);
    for (const [path, body] of bodies) {
      await post(path, body);
      const wanted = node.chat.asked.at(-1);
      for (const field of [...EXTRA, ...EXTRA_TOO]) {
        const text = `${JSON.stringify(body).slice(0, -1)},${JSON.stringify(field)}:{"isAdmin":true,"polluted":1}}`;
        const asked = node.chat.asked.length;
        const response = await post(path, text);
        const isOpenAi = path.startsWith("/v1");
        expect([path, field, response.status]).toEqual([path, field, isOpenAi ? 200 : 400]);
        if (isOpenAi) expect(node.chat.asked.at(-1)).toEqual(wanted);
        else expect(node.chat.asked).toHaveLength(asked);
      }
    }
    expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(before);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  }));
