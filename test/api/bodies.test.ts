import { gzipSync } from "node:zlib";
import { openSocket } from "../../scripts/torture/http/rawClient.ts";
import { FIELD_LIMITS } from "../../src/api/limits.ts";
import { jsonOf } from "./support/json.ts";
import { closedAfter, requestText, sendRaw } from "./support/raw.ts";
import { withServer } from "./support/withServer.ts";

const HUGE = 100 * 1024 * 1024;
const ROUNDS = 50;

test("a body of 100 MB is refused before it is read, and takes no memory", () =>
  withServer({}, async ({ port }) => {
    const headers = { "Content-Type": "application/json", "Content-Length": String(HUGE) };
    const before = process.memoryUsage().rss;
    const ask = async (): Promise<void> => {
      const { status, head, body } = await sendRaw(port, requestText("POST", "/chat", headers, "{"));
      expect([status, JSON.parse(body).error.code]).toEqual([413, "payload_too_large"]);
      expect(head.toLowerCase()).toContain("connection: close");
    };
    await Promise.all(Array.from({ length: ROUNDS }, ask));
    // Less than one of the 50 bodies; `npm run torture -- http` measures it exactly, in a process of its own.
    expect(process.memoryUsage().rss - before).toBeLessThan(HUGE);
  }));

test("a body without a declared length is cut off at the limit", () =>
  withServer({}, async ({ port, node }) => {
    const socket = await openSocket(port);
    const closed = closedAfter(socket);
    let answer = "";
    socket.on("data", (bytes) => {
      answer += String(bytes);
    });
    const headers = { "Content-Type": "application/json", "Transfer-Encoding": "chunked" };
    socket.write(requestText("POST", "/chat", headers));
    const chunk = `10000\r\n${" ".repeat(65_536)}\r\n`;
    let sent = 0;
    while (!socket.destroyed && sent < HUGE) {
      sent += 65_536;
      if (!socket.write(chunk)) await new Promise((resolve) => socket.once("drain", resolve).once("close", resolve));
    }
    await closed;
    expect(sent).toBeLessThan(HUGE / 4);
    expect(answer === "" || answer.startsWith("HTTP/1.1 413")).toBe(true);
    expect(node.chat.asked).toEqual([]);
  }));

test("a client that goes on sending a refused body gets to read the answer all the same", () =>
  withServer({}, async ({ port }) => {
    const headers = { "Content-Type": "application/json", "Content-Length": String(HUGE) };
    for (let i = 0; i < 20; i++) {
      const socket = await openSocket(port);
      const answer = new Promise<string>((resolve) => {
        let all = "";
        socket.on("data", (bytes) => {
          all += String(bytes);
        });
        socket.on("close", () => resolve(all));
      });
      socket.write(requestText("POST", "/chat", headers));
      const sender = setInterval(() => socket.write(Buffer.alloc(65_536, " ")), 1);
      socket.once("data", () => {
        clearInterval(sender);
        socket.end();
      });
      expect((await answer).slice(0, 12)).toBe("HTTP/1.1 413");
      clearInterval(sender);
    }
  }));

test.each([
  ["100,000 numbers", `{"prompt":"hi","stop":[${"1,".repeat(100_000)}1]}`],
  ["50,000 objects of different shapes", `[${Array.from({ length: 50_000 }, (_, i) => `{"${i}k":1}`).join(",")}]`],
  ["100,000 texts", `{"messages":[${'"",'.repeat(100_000)}""]}`],
])("%s are refused before they are parsed", (_name, body) =>
  withServer({}, async ({ post }) => {
    const response = await post("/chat", body);
    expect([response.status, (await jsonOf(response)).error.code]).toEqual([400, "json_too_many_values"]);
  }),
);

test("the longest conversation that the schema allows has not too many values, nor have its commas in texts", () =>
  withServer({}, async ({ post }) => {
    const messages = Array.from({ length: FIELD_LIMITS.messages }, () => ({ role: "user", content: 'a, [b], \\"{c}' }));
    const logit_bias = Object.fromEntries(Array.from({ length: FIELD_LIMITS.logitBiasEntries }, (_, i) => [i, 1]));
    expect((await post("/chat", { messages, logit_bias })).status).toBe(200);
  }));

test("a compressed body is refused, however small it is", () =>
  withServer({}, async ({ get, node }) => {
    const bomb = gzipSync(Buffer.alloc(10_000_000, " "));
    for (const encoding of ["gzip", "br", "deflate", "GZIP", "gzip, identity"]) {
      const headers = { "content-type": "application/json", "content-encoding": encoding };
      const response = await get("/chat", { method: "POST", headers, body: bomb });
      expect([response.status, (await jsonOf(response)).error.code]).toEqual([415, "unsupported_encoding"]);
    }
    expect(node.chat.asked).toEqual([]);
  }));

test.each([
  ["100,000 open lists", `{"prompt":${"[".repeat(100_000)}`],
  ["100,000 open objects", '{"a":'.repeat(100_000)],
  ["100,000 nested lists", `{"prompt":${"[".repeat(100_000)}${"]".repeat(100_000)}}`],
  ["brackets that a text hides", `{"prompt":"${"[".repeat(500)}"}`],
])("%s: one answer, no deeper than the limit", (name, body) =>
  withServer({}, async ({ post }) => {
    const response = await post("/chat", body);
    expect([response.status, (await jsonOf(response)).error?.code]).toEqual(
      name.includes("hides") ? [200, undefined] : [400, "json_too_deep"],
    );
  }),
);

test("15,000 keys that collide in a small table are one mistake, not 15,000", () =>
  withServer({}, async ({ post, node }) => {
    const logit_bias = Object.fromEntries(Array.from({ length: 15_000 }, (_, i) => [String(i * 65_536), 1]));
    const response = await post("/chat", { prompt: "hi", logit_bias });
    const { error } = await jsonOf(response);
    expect([response.status, error.param, String(error.message).length < 300]).toEqual([400, "logit_bias", true]);
    expect(node.chat.asked).toEqual([]);
  }));

test.each([
  ["text/plain", 415, "unsupported_media_type"],
  ["application/x-www-form-urlencoded", 415, "unsupported_media_type"],
  ["multipart/form-data; boundary=x", 415, "unsupported_media_type"],
  ["application/json; charset=utf-8", 200, undefined],
  ["APPLICATION/JSON", 200, undefined],
])("a body of the type %s is answered with %s", (type, status, code) =>
  withServer({}, async ({ post }) => {
    const response = await post("/chat", { prompt: "hi" }, { headers: { "content-type": type } });
    expect([response.status, (await jsonOf(response)).error?.code]).toEqual([status, code]);
  }),
);

test.each([
  ["nothing", ""],
  ["half of it", '{"prompt":"hi"'],
  ["no JSON", "prompt=hi"],
  ["two values", '{"prompt":"hi"} {}'],
  ["NaN", '{"prompt":"hi","temperature":NaN}'],
  ["a byte order mark", "\ufeff{"],
])("%s as a body is invalid JSON, and the message does not repeat it", (_name, body) =>
  withServer({}, async ({ post }) => {
    const response = await post("/chat", body);
    const { error } = await jsonOf(response);
    expect([response.status, error.code]).toEqual([400, "invalid_json"]);
    expect(error.message).not.toContain("prompt");
  }),
);

test("bytes that are no UTF-8 are invalid JSON", () =>
  withServer({}, async ({ get }) => {
    const body = Buffer.concat([Buffer.from('{"prompt":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]);
    const response = await get("/chat", { method: "POST", headers: { "content-type": "application/json" }, body });
    expect([response.status, (await jsonOf(response)).error.code]).toEqual([400, "invalid_json"]);
  }));

test.each(["[]", "5", '"text"', "null", "true"])("%s as a body is a 400: an object is expected", (body) =>
  withServer({}, async ({ post }) => {
    for (const path of ["/chat", "/v1/chat/completions", "/chain/blocks", "/p2p/register"]) {
      const response = await post(path, body);
      expect([path, response.status]).toEqual([path, 400]);
    }
  }),
);

test("a client that asks first whether it may send its body is told no without sending it", () =>
  withServer({}, async ({ port }) => {
    const headers = { "Content-Type": "application/json", "Content-Length": String(HUGE), Expect: "100-continue" };
    expect((await sendRaw(port, requestText("POST", "/chat", headers))).status).toBe(413);
    const socket = await openSocket(port);
    const body = '{"prompt":"hi"}';
    const asks = { "Content-Type": "application/json", "Content-Length": String(body.length), Expect: "100-continue" };
    socket.write(requestText("POST", "/chat", asks));
    const [first] = (await new Promise<Buffer[]>((resolve) => socket.once("data", (...data) => resolve(data)))) as [
      Buffer,
    ];
    expect(String(first)).toMatch(/^HTTP\/1.1 100 Continue/);
    socket.write(body);
    const [second] = (await new Promise<Buffer[]>((resolve) => socket.once("data", (...data) => resolve(data)))) as [
      Buffer,
    ];
    expect(String(second)).toMatch(/^HTTP\/1.1 200/);
    socket.destroy();
  }));
