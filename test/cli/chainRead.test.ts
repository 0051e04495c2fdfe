import type { SampleModel } from "../../scripts/support/sampleModel.ts";
import { chunkCount } from "../../src/chain/payload/chunkList.ts";
import { command as headsCommand } from "../../src/cli/chain/heads.ts";
import { command as lsCommand } from "../../src/cli/chain/ls.ts";
import { command as showCommand } from "../../src/cli/chain/show.ts";
import { toHex } from "../../src/core/bytes.ts";
import { Workplace } from "./runCli.ts";
import { makeSampleChain, type SampleChain, withChain } from "./sampleChain.ts";

interface Listed {
  readonly blocks: readonly { readonly id: string; readonly height: number; readonly isHead: boolean }[];
  readonly next: string | null;
}

let workplace: Workplace;
let sample: SampleChain;
let model: SampleModel;
/** Ids of all blocks, newest first. */
let newestFirst: string[];
beforeAll(async () => {
  workplace = await Workplace.create();
  sample = await makeSampleChain(workplace);
  model = sample.model;
  newestFirst = await withChain(workplace, async (chain) => {
    const ids: string[] = [];
    for await (const { idHex } of chain.dag.blocks({ newestFirst: true })) ids.push(idHex);
    return ids;
  });
});
afterAll(() => workplace.remove());

test("ls shows the newest first, one line a block, with a star at the current version of a slot", async () => {
  const { code, stdout, stderr } = await workplace.run(["chain", "ls"]);
  expect([code, stderr]).toEqual([0, ""]);
  const [head, ...lines] = stdout.trimEnd().split("\n");
  expect(head).toMatch(/^ID +CHAIN +TYPE +SLOT +HEIGHT +PARENTS +AUTHOR +TIME +PAYLOAD$/);
  expect(lines.map((line) => line.slice(0, 12))).toEqual(newestFirst.map((id) => id.slice(0, 12)));
  const adopted = lines.find((line) => line.startsWith(sample.adopted.idHex.slice(0, 12)))!;
  expect(adopted).toMatch(/ B +expert +layer0\.expert1 +2 +1 +[0-9a-f]{12} +2023-11-14 22:13:20Z +264 B missing +\*$/);
  expect(lines.at(-1)).toMatch(/ A +meta +- +0 +0 +[0-9a-f]{12} .* here$/);
});

test("ls --json has the declared form, pages follow each other without gaps, and filters apply", async () => {
  const all = await list(["--limit", "10000"]);
  expect(all.next).toBeNull();
  expect(all.blocks.map(({ id }) => id)).toEqual(newestFirst);
  expect(all.blocks[0]).toMatchObject({ time: "2023-11-14T22:13:20.000Z", timeMs: 1_700_000_000_000 });
  for (const order of [[], ["--oldest-first"]]) {
    const paged: string[] = [];
    for (let next: string | null = ""; next !== null; ) {
      const page: Listed = await list(["--limit", "3", ...order, ...(next === "" ? [] : ["--after", next])]);
      paged.push(...page.blocks.map(({ id }) => id));
      next = page.next;
    }
    expect(order.length === 0 ? paged : paged.toReversed()).toEqual(
      order.length === 0 ? newestFirst : sortedByHeight(all, paged),
    );
  }
  const filtered = await list(["--chain", "B", "--slot", "layer0.expert1", "--type", "expert", "--to-height", "2"]);
  expect(filtered.blocks.map(({ id }) => id)).toEqual([sample.adopted.idHex, sample.first[2]!.idHex]);
  expect((await list(["--from-height", "3", "--model", "sample"])).blocks.every(({ height }) => height >= 3)).toBe(
    true,
  );
});

test("-q prints full ids only; an empty list prints nothing on stdout", async () => {
  const quiet = await workplace.run(["chain", "ls", "-q", "--limit", "2"]);
  expect(quiet.stdout).toBe(`${newestFirst[0]}\n${newestFirst[1]}\n`);
  expect(quiet.stderr).toMatch(/^There are more: add --after \d+:[0-9a-f]{64}\n$/);
  const none = await workplace.run(["chain", "ls", "--type", "router"]);
  expect([none.code, none.stdout, none.stderr]).toEqual([0, "", "There are no such blocks.\n"]);
});

test("show tells everything about a candidate that was adopted", async () => {
  const { adopted, votes, pending, first } = sample;
  const shown = showCommand.json!.parse(await workplace.json(["chain", "show", adopted.idHex]));
  expect(shown).toMatchObject({
    id: adopted.idHex,
    isHead: true,
    signatureValid: true,
    verdict: { kind: "accept" },
    parents: [first[2]!.idHex],
    children: [...votes, pending].map(({ idHex }) => idHex).sort(),
    chunks: chunkCount(adopted.header.payload!.bytes),
    payload: { present: false },
    version: {
      adopted: true,
      improves: first[2]!.idHex,
      medianLoss: 2.5,
      quorum: 2,
      votes: votes
        .map(({ header, idHex }) => ({ validator: toHex(header.author), attestations: 1, loss: 2.5, block: idHex }))
        .sort((a, b) => (a.validator < b.validator ? -1 : 1)),
    },
    manifest: null,
  });
  const { stdout } = await workplace.run(["chain", "show", adopted.idHex.slice(0, 10)]);
  for (const fact of ["signature  valid", "verdict    accept", "2 of 2 needed, median loss 2.5", "not stored here"]) {
    expect(stdout).toContain(fact);
  }
});

test("show summarises the manifest of a meta block and finds it by a prefix in capitals", async () => {
  const prefix = model.meta.idHex.slice(0, 9).toUpperCase();
  const shown = showCommand.json!.parse(await workplace.json(["chain", "show", prefix]));
  expect(shown).toMatchObject({
    id: model.meta.idHex,
    payload: { present: true, format: "manifest" },
    version: null,
    manifest: {
      name: "sample",
      slots: 4,
      tensors: 4,
      parameterBytes: 256,
      quorum: 2,
      files: [{ name: "config.json" }],
    },
  });
});

test("a prefix that no block has names the nearest id, or where to look; one that is too short is refused", async () => {
  const known = newestFirst[0]!.slice(0, 12);
  const wrong = known.slice(0, 11) + (known.at(-1) === "0" ? "1" : "0");
  const near = await workplace.run(["chain", "show", wrong]);
  const far = await workplace.run(["chain", "show", unusedPrefix()]);
  const short = await workplace.run(["chain", "show", "abc"]);
  expect([near.code, far.code, short.code]).toEqual([1, 1, 2]);
  expect(near.stderr).toContain(`got "${wrong}", did you mean "${known}"?`);
  expect(far.stderr).toContain('run "ai-block chain ls" for what there is');
  expect(short.stderr).toContain('expected 4 to 64 lower-case hex digits, got "abc"');
});

test("heads names the current version of every slot, the state root, and the slots without a version", async () => {
  const json = headsCommand.json!.parse(await workplace.json(["chain", "heads"]));
  const { first, adopted } = sample;
  const author = toHex(model.publisher.publicKey);
  const head = { author, medianLoss: null, versions: 1 };
  expect(json).toEqual({
    models: [
      {
        model: model.meta.idHex,
        name: "sample",
        stateRoot: sample.stateRoot,
        complete: false,
        missing: ["head"],
        heads: [
          { ...head, slot: "embedding", id: first[0]!.idHex },
          { ...head, slot: "layer0.expert0", id: first[1]!.idHex },
          {
            slot: "layer0.expert1",
            id: adopted.idHex,
            author: toHex(adopted.header.author),
            medianLoss: 2.5,
            versions: 3,
          },
        ],
      },
    ],
  });
  const text = await workplace.run(["chain", "heads", "--model", "sample"]);
  expect(text.stdout).toContain(`state root  ${sample.stateRoot}`);
  expect(text.stdout).toContain("3 of 4 have a version; without one: head");
  const quiet = await workplace.run(["chain", "heads", "-q"]);
  expect(quiet.stdout.split("\n")).toEqual([first[0]!.idHex, first[1]!.idHex, adopted.idHex, ""]);
  const wrong = await workplace.run(["chain", "heads", "--model", "sampel"]);
  expect(wrong.stderr).toContain('got "sampel", did you mean "sample"?');
});

test("while another process has the chain open, a command says so and what to do", async () => {
  await withChain(workplace, async () => {
    const { code, stdout, stderr } = await workplace.run(["chain", "ls"]);
    expect([code, stdout]).toEqual([7, ""]);
    expect(stderr).toContain("another AI-Block process has it open; stop it first, or name another folder with --data");
  });
});

async function list(args: readonly string[]): Promise<Listed> {
  return lsCommand.json!.parse(await workplace.json(["chain", "ls", ...args])) as Listed;
}

/** `ids` in the order of descending height and id that they must have. */
function sortedByHeight({ blocks }: Listed, ids: readonly string[]): string[] {
  const heights = new Map(blocks.map(({ id, height }) => [id, height]));
  expect(ids.length).toBe(blocks.length);
  return [...ids].sort((a, b) => heights.get(b)! - heights.get(a)! || (a < b ? 1 : -1));
}

/** Four digits with which no block begins. */
function unusedPrefix(): string {
  for (let i = 0; ; i++) {
    const prefix = i.toString(16).padStart(4, "0");
    if (!newestFirst.some((id) => id.startsWith(prefix))) return prefix;
  }
}
