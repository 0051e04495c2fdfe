import fc from "fast-check";
import { answerError } from "../../src/api/errors/apiError.ts";
import { validate } from "../../src/api/http/validate.ts";
import { allRoutes } from "../../src/api/routes/index.ts";
import { AiBlockError } from "../../src/core/errors.ts";
import { jsonOf } from "./support/json.ts";
import { withServer } from "./support/withServer.ts";

const hello = [{ role: "user", content: "hi" }];

test.each<[string, object, string, string]>([
  ["neither prompt nor messages", {}, "prompt", "prompt: expected a prompt or messages, got neither"],
  [
    "both",
    { prompt: "hi", messages: hello },
    "messages",
    "messages: expected messages or a prompt, one of the two, got both",
  ],
  [
    "both, one of them empty",
    { prompt: "hi", messages: [] },
    "messages",
    "messages: expected messages or a prompt, one of the two, got both",
  ],
  ["a slip", { promt: "hi" }, "promt", 'promt: there is no such parameter, did you mean "prompt"?'],
  ["a stranger", { prompt: "hi", colour: 1 }, "colour", "colour: there is no such parameter"],
  ["no messages", { messages: [] }, "messages", "messages: expected a list of at least 1 item, got a list of 0"],
  [
    "an unknown role",
    { messages: [{ role: "x", content: "hi" }] },
    "messages[0].role",
    'messages[0].role: expected one of system, user, assistant, tool, got "x"',
  ],
  [
    "a message without a text",
    { messages: [{ role: "user" }] },
    "messages[0].content",
    "messages[0].content: expected a text, got nothing",
  ],
])("POST /chat with %s says so", (_name, body, param, message) =>
  withServer({}, async ({ post, node }) => {
    for (const path of ["/chat", "/chat/distributed"]) {
      const response = await post(path, body);
      const { error } = await jsonOf(response);
      expect([response.status, error.param, error.message]).toEqual([400, param, message]);
    }
    expect(node.chat.asked).toEqual([]);
  }),
);

test("a body that is missing and one that is no JSON are told apart", () =>
  withServer({}, async ({ get }) => {
    const headers = { "content-type": "application/json" };
    const messages = ["", '{"prompt":'].map(async (body) => {
      const { error } = await jsonOf(await get("/chat", { method: "POST", headers, body }));
      return [error.code, error.message];
    });
    expect(await Promise.all(messages)).toEqual([
      ["invalid_json", "body: expected JSON in UTF-8, got nothing"],
      ["invalid_json", "body: expected JSON in UTF-8, got something else"],
    ]);
  }));

test("lists without items, absent fields and other methods are told in the words of the API", () =>
  withServer({}, async ({ get, post }) => {
    const told = async (response: Response) => {
      const { error } = await jsonOf(response);
      return [response.status, error.param, error.message];
    };
    expect(await told(await post("/chain/blocks", { blocks: [] }))).toEqual([
      400,
      "blocks",
      "blocks: expected a list of at least 1 item, got a list of 0",
    ]);
    expect(await told(await post("/p2p/register", { node_id: "n" }))).toEqual([
      400,
      "host",
      "host: expected a text, got nothing",
    ]);
    expect(await told(await get("/chat"))).toEqual([405, null, "method: expected POST, OPTIONS, got GET"]);
    expect(await told(await get("/chain/counts", { method: "DELETE" }))).toEqual([
      405,
      null,
      "method: expected GET, HEAD, OPTIONS, got DELETE",
    ]);
    const headers = { "content-type": "application/octet-stream" };
    const root = "0".repeat(64);
    expect(await told(await get(`/payloads/${root}`, { method: "PATCH", headers, body: "x" }))).toEqual([
      400,
      "upload-offset",
      "upload-offset: expected a number of bytes, got nothing",
    ]);
  }));

test("whatever comes, every schema of every address names the field, what was expected and what came", () => {
  const schemas = allRoutes(true).flatMap(({ params, query, body }) => [
    params,
    query,
    ...(body === undefined || body === "octets" ? [] : [body.schema]),
  ]);
  let refused = 0;
  for (const schema of schemas) {
    const names = [...Object.keys((schema as { shape?: object }).shape ?? {}), "other"];
    const value = fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.constantFrom<unknown>([], {}, "", -1, 1.5, [{}], [[]]));
    const input = fc.oneof(value, fc.dictionary(fc.constantFrom(...names), value, { noNullPrototype: true }));
    fc.assert(
      fc.property(input, (each) => {
        try {
          validate(schema, each);
        } catch (error) {
          refused += 1;
          const { message, data } = error as AiBlockError;
          expect(message.startsWith(`${String(data.param)}: `)).toBe(true);
          expect(message).toMatch(/: (?:expected .+, got .+|there is no such parameter(?:, did you mean "\w+"\?)?)$/s);
          // The name of an unknown field is the caller's.
          const [sentence] = message.slice(String(data.param).length).split(", got ");
          expect(sentence).not.toMatch(/invalid|too (?:small|big)|received|unrecognized|>=|<=/i);
        }
      }),
      { numRuns: 60 },
    );
  }
  expect(refused).toBeGreaterThan(schemas.length);
});

test("arguments of the services have the name of the API's field, in `param` and in the message", () => {
  const inner = new AiBlockError("bad_top_k", "topKExperts: expected an integer from 1 to 8, got 99", {
    parameter: "topKExperts",
  });
  const { error } = answerError(inner).body;
  expect([error.param, error.message]).toEqual([
    "top_k_experts",
    "top_k_experts: expected an integer from 1 to 8, got 99",
  ]);
});
