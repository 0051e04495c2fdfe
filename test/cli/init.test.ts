import { execFileSync } from "node:child_process";
import { chmod, type FileHandle, open, readdir, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { EXIT } from "../../src/cli/framework/exitCodes.ts";
import { command } from "../../src/cli/init.ts";
import { hashFromHex, toHex } from "../../src/core/bytes.ts";
import { generateKeyPair } from "../../src/core/ed25519.ts";
import { createKeyFile } from "../../src/core/keyFile.ts";
import { Workplace } from "./runCli.ts";
import { withChain } from "./sampleChain.ts";

const TENSOR = { name: "w", dtype: "BF16", shape: [4, 8] };
const MANIFEST = {
  name: "tiny",
  files: ["tokenizer.json", "config.json"],
  slots: { head: [TENSOR], "layer0.expert10": [TENSOR], "layer0.expert2": [TENSOR, { ...TENSOR, name: "v" }] },
  evaluation: { file: "evaluation.bin" },
  smallestImprovement: 0.01,
};

/** The neutral element of the curve: anybody can sign for it. */
const SMALL_ORDER_KEY = `01${"00".repeat(31)}`;

let workplace: Workplace;
const keyPair = generateKeyPair();
beforeAll(async () => {
  workplace = await Workplace.create();
  await writeFile(workplace.path("config.json"), '{"architectures":["MixtralForCausalLM"]}');
  await writeFile(workplace.path("tokenizer.json"), "{}");
  await writeFile(workplace.path("evaluation.bin"), "the data on which losses are measured");
  await write("manifest.json", MANIFEST);
});
afterAll(() => workplace.remove());

test("without a key nothing is made, and the sentence says how to get one", async () => {
  const { code, stdout, stderr } = await workplace.run(["init", "manifest.json"]);
  expect([code, stdout]).toEqual([5, ""]);
  expect(stderr).toContain('expected a file, got none; make one with "ai-block keygen", or name yours with --key-file');
  await expect(stat(workplace.data)).rejects.toMatchObject({ code: "ENOENT" });
  await createKeyFile(workplace.keyFile, "author", keyPair);
});

test("a key file that others can read is refused", async () => {
  await chmod(workplace.keyFile, 0o644);
  const { code, stderr } = await workplace.run(["init", "manifest.json"]);
  expect(code).toBe(5);
  expect(stderr).toContain("expected mode 0600, got 0644; run: chmod 600");
  await chmod(workplace.keyFile, 0o600);
});

test("--dry-run tells what would be stored and writes nothing", async () => {
  const json = command.json!.parse(await workplace.json(["init", "manifest.json", "--dry-run"]));
  expect(json).toMatchObject({ model: null, created: false, files: 2, slots: 3, tensors: 4, parameterBytes: 4 * 64 });
  await expect(stat(workplace.data)).rejects.toMatchObject({ code: "ENOENT" });
});

test("init stores manifest, evaluation set and a meta block by the key's owner; the second time it changes nothing", async () => {
  const { code, stdout, stderr } = await workplace.run(["init", "manifest.json"]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^[0-9a-f]{64}\n$/);
  expect(stderr).toContain("The model is on the chain now.");
  const id = hashFromHex(stdout.trim());
  const again = command.json!.parse(await workplace.json(["init", "manifest.json"])) as Record<string, unknown>;
  expect(again).toMatchObject({ model: stdout.trim(), created: false, name: "tiny" });
  await withChain(workplace, async (chain) => {
    const manifest = await chain.manifest(id);
    expect(manifest.publisher).toEqual(keyPair.publicKey);
    expect(chain.dag.block(id)!.header.author).toEqual(keyPair.publicKey);
    expect([...manifest.files.keys()]).toEqual(["config.json", "tokenizer.json"]);
    expect([...manifest.slots.keys()]).toEqual(["head", "layer0.expert10", "layer0.expert2"]);
    expect(manifest.slots.get("head")!.tensors).toEqual([{ ...TENSOR, byteLength: 64 }]);
    expect(await chain.payloads.has(manifest.evaluation!.root)).toBe(true);
    expect(again.evaluation).toEqual({ root: toHex(manifest.evaluation!.root), bytes: 37 });
    expect(chain.models.size).toBe(1);
  });
  expect((await readdir(join(workplace.data, "chain"))).sort()).toEqual(["index", "payloads"]);
});

test("all mistakes in a manifest file are listed at once, each with its place, what was expected and what came", async () => {
  await write("bad.json", {
    name: 5,
    fils: [],
    files: ["tokenizer.json", "sub/tokenizer.json"],
    slots: {
      "layer0.exprt0": [{ ...TENSOR, shape: [-1] }],
      head: [],
      embedding: [
        { ...TENSOR, bytes: 9 },
        { ...TENSOR, dtype: "STRANGE", bite: 1 },
      ],
    },
    quorum: 0,
    validators: ["zz"],
    evaluation: { fil: 1 },
  });
  const { code, stdout, stderr } = await workplace.run(["init", "bad.json"]);
  expect([code, stdout]).toEqual([1, ""]);
  const [head, ...mistakes] = stderr.trimEnd().split("\n");
  expect(head).toBe("error: manifest file bad.json: 12 mistakes");
  expect(mistakes.map((line) => line.trim()).sort()).toEqual(
    [
      "name: expected a name of 1 to 128 characters, got 5",
      'fils: there is no such field, did you mean "files"?',
      "files: expected config.json among them, got a list of 2",
      'files[1]: expected names to differ, got "sub/tokenizer.json"',
      'slots["layer0.exprt0"][0].shape[0]: expected an integer from 0 to 4294967296, got -1',
      "slots.head: expected at least one tensor, got a list of 0",
      "slots.embedding[0].bytes: expected 64 for BF16 and this shape, got 9",
      "slots.embedding[1].bite: there is no such field",
      "slots.embedding[1].bytes: expected them, since STRANGE is not known here, got nothing",
      "quorum: expected an integer from 1 to 256, got 0",
      'validators[0]: expected an Ed25519 public key in 64 lower-case hex digits, got "zz"',
      'evaluation: expected { "file": … } or { "root": …, "bytes": … }, got an object',
    ].sort(),
  );
});

test.each([
  ["{", "expected JSON, got something else"],
  ['{"__proto__":{}}', 'expected no key "__proto__", got one'],
  ["[]", "the file: expected an object, got a list of 0"],
  [
    JSON.stringify({ ...MANIFEST, slots: { "layer0.x": [TENSOR] } }),
    "expected a slot name such as layer0.expert1 as key",
  ],
  [JSON.stringify({ ...MANIFEST, validators: [SMALL_ORDER_KEY] }), "expected an Ed25519 public key"],
  [JSON.stringify({ ...MANIFEST, files: ["none.json", "config.json"] }), "none.json: no such file or folder"],
  [JSON.stringify({ ...MANIFEST, slots: { head: [TENSOR, TENSOR] } }), "expected tensor names to differ"],
])("a wrong manifest file is refused (%#)", async (text, sentence) => {
  await writeFile(workplace.path("other.json"), text);
  const { code, stderr } = await workplace.run(["init", "other.json", "--dry-run"]);
  expect(code).toBe(1);
  expect(stderr).toContain(sentence);
});

const onLinux = process.platform === "linux" ? test : test.skip;

onLinux("files without an end, and pipes into which nobody writes, are refused or can be left", async () => {
  const pipe = workplace.path("pipe");
  execFileSync("mkfifo", [pipe]);
  await symlink("/dev/zero", workplace.path("zero.json"));
  const withFile = (name: string) => ({ ...MANIFEST, files: [name, "config.json"] });
  await write("endless.json", withFile("zero.json"));
  await write("piped.json", { ...MANIFEST, evaluation: { file: "pipe" } });
  await write("waiting.json", withFile("pipe"));
  const init = (name: string) => workplace.run(["init", name, "--dry-run"]);
  for (const [name, sentence, exit] of [
    ["/dev/zero", "/dev/zero: expected at most ", EXIT.failed],
    ["endless.json", "manifest: expected at most ", EXIT.failed],
    ["piped.json", "pipe: expected a regular file", EXIT.verification],
  ] as const) {
    const { code, stderr } = await init(name);
    expect([name, code]).toEqual([name, exit]);
    expect(stderr).toContain(sentence);
  }
  for (const name of ["pipe", "waiting.json"]) {
    let writer: FileHandle | undefined;
    const { code } = await workplace.run(["init", name, "--dry-run"], {
      onStart: (child) => {
        // It opens when somebody reads.
        void open(pipe, "w").then((opened) => {
          writer = opened;
          child.kill("SIGINT");
        });
      },
    });
    await writer?.close();
    expect([name, code]).toEqual([name, EXIT.interrupted]);
  }
});

test("a passphrase is needed where the key is under one, and its file is named by a flag", async () => {
  await createKeyFile(workplace.path("sealed.json"), "author", generateKeyPair(), "open sesame");
  await writeFile(workplace.path("right"), "open sesame\n");
  await writeFile(workplace.path("wrong"), "open barley\n");
  const init = ["init", "manifest.json", "--key-file", "sealed.json"];
  const [none, wrong, right] = await Promise.all([
    workplace.run(init),
    workplace.run([...init, "--passphrase-file", "wrong"]),
    workplace.run([...init, "--passphrase-file", "right"]),
  ]);
  expect([none!.code, wrong!.code, right!.code]).toEqual([5, 5, 0]);
  expect(none!.stderr).toContain("expected a passphrase, got none; name a file that holds it with --passphrase-file");
  expect(wrong!.stderr).toContain("the passphrase does not open it");
});

function write(name: string, value: unknown): Promise<void> {
  return writeFile(workplace.path(name), JSON.stringify(value));
}
