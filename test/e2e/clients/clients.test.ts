/** Real clients from npm against the real engine, and against servers that make one mistake each. */
import { createHttpServer } from "../../../src/api/server.ts";
import { scriptedNode } from "../../api/support/scriptedNode.ts";
import { ask, silentLog, withBench } from "../../node/support.ts";
import type { Check, Target } from "./check.ts";
import { withProxy } from "./mutatingProxy.ts";
import { MUTATIONS } from "./mutations.ts";
import { OPENAI_CHECKS } from "./openaiChecks.ts";
import { OTHER_CHECKS } from "./otherChecks.ts";
import { RESPONSE_CHECKS } from "./responseChecks.ts";
import { RESPONSE_MUTATIONS } from "./responseMutations.ts";

const CHECKS: Readonly<Record<string, Check>> = {
  ...OPENAI_CHECKS,
  ...RESPONSE_CHECKS,
  ...OTHER_CHECKS,
};

/** Chat and models are the node's own, on a fixture's weights; nothing else of it is asked here. */
function withNode<T>(use: (target: Target, origin: string, running: () => number) => Promise<T>): Promise<T> {
  return withBench({ fixture: "qwen2moe" }, async ({ chat, models }) => {
    const services = { ...scriptedNode(), chat, models };
    const server = await createHttpServer({ services, port: 0, logger: silentLog() });
    try {
      const { text } = await ask(chat, { input: { messages: [{ role: "user", content: "hello" }] } });
      const target = { base: `${server.url}/v1`, model: models.list()[0]!.id, text };
      return await use(target, server.url, () => chat.load().running);
    } finally {
      await server.close(0);
    }
  });
}

/** The names of the checks that fail, `most` at most. */
async function failuresOf(
  target: Target,
  checks: Readonly<Record<string, Check>> = CHECKS,
  most = Number.POSITIVE_INFINITY,
): Promise<string[]> {
  const failed: string[] = [];
  for (const [name, check] of Object.entries(checks)) {
    if (failed.length >= most) break;
    await check(target).catch((error: unknown) => failed.push(`${name}: ${String(error)}`));
  }
  return failed;
}

test("openai, the AI SDK and LangChain get from the node what they expect of OpenAI, and leave nothing running", () =>
  withNode(async (target, origin, running) => {
    expect(Object.keys(CHECKS).length).toBeGreaterThan(14);
    expect(target.text.length).toBeGreaterThan(6);
    expect(await failuresOf(target)).toEqual([]);
    while (running() > 0) await new Promise((resolve) => setTimeout(resolve, 10));
    // The proxy of the next test changes nothing by itself.
    await withProxy(
      origin,
      () => undefined,
      async (url) => {
        expect(await failuresOf({ ...target, base: `${url}/v1` })).toEqual([]);
      },
    );
  }));

test("each mistake of a server is noticed by at least one check", () =>
  withNode(async (target, origin) => {
    const unnoticed: string[] = [];
    for (const [name, change] of Object.entries({ ...MUTATIONS, ...RESPONSE_MUTATIONS })) {
      let changed = 0;
      const counted: typeof change = (answer) => {
        const text = change(answer);
        if (text !== undefined && text !== answer.text) changed++;
        return text;
      };
      await withProxy(origin, counted, async (url) => {
        const checks = name in RESPONSE_MUTATIONS ? RESPONSE_CHECKS : CHECKS;
        const failed = await failuresOf({ ...target, base: `${url}/v1` }, checks, 1);
        if (failed.length === 0 || changed === 0) unnoticed.push(`${name} (${changed} answers changed)`);
      });
    }
    expect(unnoticed).toEqual([]);
  }));
