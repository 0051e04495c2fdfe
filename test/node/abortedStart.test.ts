/** A model that is no longer wanted while it loads: the start ends at once, and nothing of it is left. */
import { ServedModels } from "../../src/node/model/servedModels.ts";
import { ask, silentLog, withBench } from "./support.ts";

const CANCELLED = new Error("the user had enough");

test("loading ends with the signal's reason, or with node_closing, instead of going on; the same model loads again", async () => {
  await withBench({}, async ({ chain, models, model, chat }) => {
    const before = await ask(chat, {});
    const stopped: string[] = [];
    const loadingUntil = (stop: (loading: ServedModels) => void) => {
      const loading = new ServedModels(chain, {
        engine: {},
        maxWaiting: 4,
        log: silentLog(),
        // The engine and the tokenizer are about to start.
        onState: () => stop(loading),
      });
      return loading;
    };
    const abort = new AbortController();
    const aborted = loadingUntil(() => abort.abort(CANCELLED));
    await expect(aborted.serve(model, abort.signal)).rejects.toBe(CANCELLED);
    expect(aborted.runner).toBeUndefined();
    await aborted.close();
    const closed = loadingUntil((loading) => void loading.close().then(() => stopped.push("closed")));
    await expect(closed.serve(model, new AbortController().signal)).rejects.toMatchObject({ code: "node_closing" });
    await closed.close();
    expect(stopped).toEqual(["closed"]);
    await models.runner!.close();
    await models.serve(model, new AbortController().signal);
    expect((await ask(chat, {})).text).toBe(before.text);
  });
});
