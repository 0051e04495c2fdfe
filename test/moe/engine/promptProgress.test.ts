import { GREEDY, greedy, promptOf, readReference, withEngine } from "./support.ts";

test("after every piece of a prompt but the last it is told how much is computed; tokens are the same", async () => {
  const { input_ids, greedy_ids } = promptOf(readReference("mixtral-bf16"), "len33");
  const heardOf = async (prefillRows: number, sessionKey?: string): Promise<number[]> => {
    const heard: number[] = [];
    await withEngine("mixtral-bf16", { prefillRows }, async (engine) => {
      const options = {
        ids: input_ids,
        maxTokens: greedy_ids.length,
        sampling: GREEDY,
        ...(sessionKey && { sessionKey }),
      };
      for (let turn = 0; turn < (sessionKey === undefined ? 1 : 2); turn++) {
        heard.length = 0;
        const tokens: number[] = [];
        for await (const event of engine.generate({ ...options, onPrompt: (computed) => heard.push(computed) })) {
          if (event.type === "token") tokens.push(event.id);
        }
        expect(tokens).toEqual(greedy_ids);
      }
    });
    return heard;
  };
  expect(input_ids).toHaveLength(33);
  expect(await heardOf(10)).toEqual([10, 20, 30]);
  // One piece, and a conversation whose beginning is there already: nothing to wait for.
  expect(await heardOf(64)).toEqual([]);
  expect(await heardOf(10, "a conversation")).toEqual([]);
});

test("with several generations at a time each hears of its own prompt only", async () => {
  const { input_ids, greedy_ids } = promptOf(readReference("mixtral-bf16"), "len33");
  await withEngine("mixtral-bf16", { prefillRows: 8, maxSequences: 3 }, async (engine) => {
    const heard: number[][] = [[], []];
    await Promise.all([
      ...heard.map(async (own) => {
        const options = { ids: input_ids, maxTokens: 2, sampling: GREEDY };
        for await (const _event of engine.generate({ ...options, onPrompt: (computed) => own.push(computed) }));
      }),
      greedy(engine, input_ids.slice(0, 3), greedy_ids.length),
    ]);
    for (const own of heard) {
      expect(own.length).toBeGreaterThan(2);
      expect(own).toEqual([...new Set(own)].toSorted((a, b) => a - b));
      expect(own.at(-1)).toBeLessThan(33);
    }
  });
});
