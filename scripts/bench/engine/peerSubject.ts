/** llama.cpp through node-llama-cpp on the CPU, as its users call it. The first argument is the package's main file. */
import { pathToFileURL } from "node:url";
import { type LoadCommand, type SubjectImplementation, serve } from "./subject.ts";

interface Sequence {
  evaluate(ids: readonly number[], options: object): AsyncGenerator<number>;
  clearHistory(): Promise<void>;
}

interface Llama {
  loadModel(options: object): Promise<{ createContext(options: object): Promise<{ getSequence(): Sequence }> }>;
}

const { getLlama } = (await import(pathToFileURL(process.argv[2] as string).href)) as {
  getLlama(options: object): Promise<Llama>;
};

let sequence: Sequence | undefined;
let tokens: AsyncGenerator<number> | undefined;

function loaded(): Sequence {
  if (sequence === undefined) throw new Error("nothing is loaded");
  return sequence;
}

function generate(ids: readonly number[]): AsyncGenerator<number> {
  return loaded().evaluate(ids, { temperature: 0, yieldEogToken: true });
}

const peer: SubjectImplementation = {
  async load({ model, threads, maxPositions }: LoadCommand) {
    const llama = await getLlama({
      gpu: false,
      build: "never",
      skipDownload: true,
      maxThreads: threads,
      logLevel: "error",
    });
    const opened = await llama.loadModel({ modelPath: model, gpuLayers: 0 });
    const context = await opened.createContext({ contextSize: maxPositions, batchSize: 512, threads, sequences: 1 });
    sequence = context.getSequence();
  },
  async prompt(ids) {
    await loaded().clearHistory();
    for await (const _ of generate(ids)) return;
  },
  async begin(ids) {
    await tokens?.return(0);
    await loaded().clearHistory();
    tokens = generate(ids);
    await tokens.next();
  },
  async next(count) {
    const start = performance.now();
    for (let i = 0; i < count; i++) {
      if ((await tokens?.next())?.done !== false) throw new Error(`expected ${count} tokens, got ${i}`);
    }
    return (performance.now() - start) / 1000;
  },
};

serve(peer);
