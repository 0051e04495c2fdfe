import { spawn } from "node:child_process";
import { readdir, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { EXPORT_MAGIC, EXPORT_VERSION, PAYLOAD_FRAME } from "../../src/chain/transfer/exportFormat.ts";
import { EXIT } from "../../src/cli/framework/exitCodes.ts";
import { concatBytes, u64 } from "../../src/core/bytes.ts";
import { errorCode } from "../../src/core/errors.ts";
import { sha256 } from "../../src/core/hash.ts";
import { ROOT } from "../sourceFiles.ts";
import { collect, Workplace, waitForError } from "./runCli.ts";
import { addHollowPayload, makeSampleChain } from "./sampleChain.ts";

/** 16 GiB: far more than can be read before the test has reacted. */
const LONG_CHUNKS = 65_536;

let workplace: Workplace;
beforeEach(async () => {
  workplace = await Workplace.create();
  await makeSampleChain(workplace);
});
afterEach(() => workplace.remove());

test.each(["SIGINT", "SIGTERM"] as const)(
  "%s ends a verification cleanly: exit 130, nothing left behind",
  async (signal) => {
    await addHollowPayload(workplace, LONG_CHUNKS);
    const { code, stdout, stderr } = await workplace.run(["chain", "verify", "--progress", "json"], {
      onStart: (child) => {
        // The next stage reads the payloads.
        void waitForError(child, '"stage":"indexes","done":1').then(() => child.kill(signal));
      },
    });
    expect([code, stdout]).toEqual([EXIT.interrupted, ""]);
    expect(stderr).toContain("stopping; Ctrl-C again quits at once\n");
    expect(stderr).toMatch(/\nstopped before the end\n$/);
    expect((await readdir(join(workplace.data, "chain"))).sort()).toEqual(["index", "payloads"]);
  },
);

test("Ctrl-C ends an import cleanly: no half payload stays, and the chain is as it was", async () => {
  const file = workplace.path("long.aiblock");
  const bytes = LONG_CHUNKS * 2 ** 18;
  const head = concatBytes([
    EXPORT_MAGIC,
    Uint8Array.of(EXPORT_VERSION, PAYLOAD_FRAME),
    sha256(new Uint8Array(0)),
    u64(bytes),
  ]);
  await writeFile(file, head);
  await truncate(file, head.length + bytes);
  const payloads = join(workplace.data, "chain", "payloads");
  const { code, stderr } = await workplace.run(["chain", "import", file], {
    onStart: (child) => {
      void waitForTemporary(payloads).then(() => child.kill("SIGINT"));
    },
  });
  expect(code).toBe(EXIT.interrupted);
  expect(stderr).toMatch(/\nstopped before the end\n$/);
  expect((await readdir(payloads)).filter((name) => name.startsWith("."))).toEqual([]);
  expect((await workplace.run(["chain", "verify"])).code).toBe(0);
});

test("work that does not stop is quit by a second Ctrl-C; the same key press passed on twice counts once", async () => {
  const script = workplace.path("stubborn.ts");
  const module = JSON.stringify(join(ROOT, "src", "cli", "framework", "interrupt.ts"));
  await writeFile(
    script,
    `import { listenForInterrupt } from ${module};
     listenForInterrupt(() => console.error("first"));
     setInterval(() => undefined, 1000);
     console.error("ready");`,
  );
  const child = spawn(process.execPath, [script], { stdio: ["ignore", "ignore", "pipe"] });
  const ended = collect(child);
  await waitForError(child, "ready");
  const firstMs = performance.now();
  child.kill("SIGINT");
  await waitForError(child, "first");
  const again = setInterval(() => child.kill("SIGINT"), 20);
  const { code, signal } = await ended;
  clearInterval(again);
  // What a shell calls 130.
  expect([code, signal]).toEqual(process.platform === "win32" ? [EXIT.interrupted, null] : [null, "SIGINT"]);
  expect(performance.now() - firstMs).toBeGreaterThan(250);
});

test("a second Ctrl-C quits also while threads are in the middle of onnxruntime's work", async () => {
  const script = workplace.path("computing.ts");
  const importOf = (...names: readonly string[]) => JSON.stringify(join(ROOT, "src", ...names));
  const worker = workplace.path("worker.ts");
  await writeFile(
    worker,
    `import { parentPort } from "node:worker_threads";
     import { GraphBuilder } from ${importOf("moe", "graph", "graph.ts")};
     import { floats, OrtSession } from ${importOf("moe", "engine", "ort.ts")};
     const size = 1024;
     const g = new GraphBuilder("long");
     const x = g.input("x", "float32", [size, size]);
     g.output("y", g.op("MatMul", [x, x]), [size, size]);
     const session = new OrtSession(g.build());
     const feeds = { x: floats(new Float32Array(size * size), [size, size]) };
     parentPort!.postMessage("computes");
     for (;;) session.run(feeds);`,
  );
  await writeFile(
    script,
    `import { Worker } from "node:worker_threads";
     import { listenForInterrupt } from ${importOf("cli", "framework", "interrupt.ts")};
     listenForInterrupt(() => console.error("first"));
     new Worker(${JSON.stringify(worker)}).on("message", (text) => console.error(text));`,
  );
  const child = spawn(process.execPath, [script], { stdio: ["ignore", "ignore", "pipe"] });
  const ended = collect(child);
  await waitForError(child, "computes");
  const again = setInterval(() => child.kill("SIGTERM"), 100);
  const { code, signal, stderr } = await ended;
  clearInterval(again);
  expect([code, signal, stderr]).toEqual(
    process.platform === "win32" ? [EXIT.interrupted, null, expect.any(String)] : [null, "SIGINT", "computes\nfirst\n"],
  );
});

/** Resolves when a temporary file in `folder` has begun to grow. */
async function waitForTemporary(folder: string): Promise<void> {
  for (;;) {
    for (const name of await readdir(folder)) {
      if (name.startsWith(".tmp-") && (await sizeOf(join(folder, name))) > 0) return;
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return 0;
    throw error;
  }
}
