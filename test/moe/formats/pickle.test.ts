/** The symbolic pickle reader: what it accepts, and that nothing in a pickle can make it do anything. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join as joinPath } from "node:path";
import { readPickle } from "../../../src/moe/formats/pickle/machine.ts";
import { MAX_OPCODES } from "../../../src/moe/formats/pickle/opcodeReader.ts";
import { OPCODES } from "../../../src/moe/formats/pickle/opcodes.ts";
import { scanPickle } from "../../../src/moe/formats/pickle/scan.ts";
import { expectCode, failureOf } from "./expectCode.ts";
import { FORMATS } from "./fixtures.ts";
import { dictPickle, join, op, tensorOps } from "./pickleBytes.ts";
import { processorMs, QUICK_MS } from "./processorTime.ts";
import { withFolder } from "./temporaryFolder.ts";

const wrap = (...ops: Buffer[]): Uint8Array => join(op.proto(), ...ops, op.stop);

test("a dictionary of tensors becomes descriptions", () => {
  expect(readPickle(dictPickle({ w: tensorOps({ size: [2, 2], stride: [2, 1] }) }))).toMatchObject({
    kind: "dict",
    entries: new Map([
      ["w", expect.objectContaining({ kind: "tensor", dtype: "F32", shape: [2, 2], strides: [2, 1] })],
    ]),
  });
});

test("plain values of all protocols are read", () => {
  const value = readPickle(
    wrap(op.emptyList, op.mark, op.none, op.yes, op.int(-5), op.long(2n ** 60n), op.text("ü"), op.appends),
  );
  expect(value).toEqual({ kind: "list", items: [null, true, -5, 2n ** 60n, "ü"] });
});

/** Names through which code is run, files are reached, or other code is looked up. */
const FORBIDDEN_NAMES = [
  "posix system",
  "nt system",
  "os system",
  "os popen",
  "os execv",
  "subprocess Popen",
  "subprocess check_output",
  "builtins eval",
  "builtins exec",
  "builtins compile",
  "builtins open",
  "builtins getattr",
  "builtins __import__",
  "__builtin__ eval",
  "__builtin__ exec",
  "__builtin__ apply",
  "__builtin__ getattr",
  "importlib import_module",
  "runpy run_path",
  "runpy _run_code",
  "pty spawn",
  "sys exit",
  "socket create_connection",
  "shutil rmtree",
  "pickle loads",
  "_pickle loads",
  "marshal loads",
  "types CodeType",
  "types FunctionType",
  "functools partial",
  "operator attrgetter",
  "operator itemgetter",
  "operator methodcaller",
  "timeit timeit",
  "pdb run",
  "bdb Bdb.run",
  "cProfile run",
  "profile run",
  "code interact",
  "code InteractiveInterpreter",
  "asyncio subprocess",
  "webbrowser open",
  "ctypes CDLL",
  "numpy load",
  "numpy.core.multiarray _reconstruct",
  "numpy ndarray",
  "numpy.testing._private.utils runstring",
  "torch load",
  "torch.hub load",
  "torch.jit load",
  "torch.serialization load",
  "torch.storage _load_from_bytes",
  "torch._utils _rebuild_wrapper_subclass",
  "torch._utils _rebuild_qtensor",
  "torch._utils _rebuild_sparse_tensor",
  "torch.nn.modules.linear Linear",
  "torch.package PackageImporter",
  "torch._dynamo guards",
  "torch.fx.graph_module _deserialize_graph_module",
  "torch.distributed.rpc rpc_sync",
  "torch._inductor codecache",
  "torch __init__",
  "torch FloatTensor",
  "torch Float",
  "torch",
  "collections",
  "collections OrderedDict.__init__",
  "collections defaultdict",
  "collections OrderedDict ",
  " collections OrderedDict",
  "Collections OrderedDict",
  "collections.OrderedDict OrderedDict",
  "__main__ Model",
  "sklearn.ensemble._forest RandomForestClassifier",
  "joblib load",
  "_codecs encode",
  "copyreg _reconstructor",
  "copy_reg _reconstructor",
  "pip main",
  "setuptools setup",
  "requests get",
  "urllib.request urlopen",
  "http.client HTTPConnection",
  "multiprocessing Process",
  "threading Thread",
  "signal signal",
  "logging.config fileConfig",
  "pydoc pipepager",
  "venv create",
  "ensurepip bootstrap",
  "lib2to3.pgen2.grammar Grammar.loads",
  "tensorflow keras",
  "dill loads",
  "cloudpickle loads",
  "__proto__ __proto__",
  "constructor constructor",
  "toString ",
  "é é",
] as const;

test.each(FORBIDDEN_NAMES)("the name %j is refused as one opcode and as two texts", async (name) => {
  const [module = "", attribute = ""] = name.split(/ (.*)/s);
  await expectCode(() => readPickle(wrap(op.global(module, attribute), op.emptyTuple, op.reduce)), "pickle_forbidden");
  await expectCode(() => readPickle(wrap(op.global(module, attribute))), "pickle_forbidden");
  await expectCode(() => readPickle(wrap(op.text(module), op.text(attribute), op.stackGlobal)), "pickle_forbidden");
});

/** Opcodes that a weights file never needs: each, with its argument, in a stream that would be right otherwise. */
const argument: Readonly<Record<string, Buffer>> = {
  none: Buffer.alloc(0),
  u1: Buffer.of(0),
  u2: Buffer.alloc(2),
  i4: Buffer.alloc(4),
  u4: Buffer.alloc(4),
  u8: Buffer.alloc(8),
  f8: Buffer.alloc(8),
  line: Buffer.from("0\n"),
  two_lines: Buffer.from("posix\nsystem\n"),
  bytes1: Buffer.of(1, 65),
  bytes4: Buffer.of(1, 0, 0, 0, 65),
  bytes8: Buffer.of(1, 0, 0, 0, 0, 0, 0, 0, 65),
  text1: Buffer.of(1, 65),
  text4: Buffer.of(1, 0, 0, 0, 65),
  text8: Buffer.of(1, 0, 0, 0, 0, 0, 0, 0, 65),
  long1: Buffer.of(1, 1),
  long4: Buffer.of(1, 0, 0, 0, 1),
};

const NEVER = new Set([
  "FLOAT",
  "INT",
  "LONG",
  "PERSID",
  "STRING",
  "BINSTRING",
  "SHORT_BINSTRING",
  "UNICODE",
  "DICT",
  "GET",
  "INST",
  "LIST",
  "OBJ",
  "PUT",
  "NEWOBJ",
  "EXT1",
  "EXT2",
  "EXT4",
  "BINBYTES8",
  "EMPTY_SET",
  "ADDITEMS",
  "FROZENSET",
  "NEWOBJ_EX",
  "BYTEARRAY8",
  "NEXT_BUFFER",
  "READONLY_BUFFER",
  "DUP",
]);

test("all 68 opcodes of pickle are known by their length", () => {
  expect(OPCODES.size).toBe(68);
});

test.each([...OPCODES].map(([code, { name, argument: kind }]) => [name, code, kind] as const))(
  "opcode %s: allowed ones only in their place, all others end the reading",
  async (name, code, kind) => {
    const ops = [op.mark, op.none, op.none, Buffer.concat([Buffer.of(code), argument[kind]!])];
    const outcome = await failureOf(() => readPickle(wrap(...ops)));
    if (NEVER.has(name)) expect(outcome).toBe("pickle_forbidden");
    else if (outcome !== "no failure") expect(["pickle_forbidden", "pickle_invalid"]).toContain(outcome);
    // Whatever it is, it can be walked over by the scanner.
    expect(() => scanPickle(wrap(...ops))).not.toThrow();
  },
);

test("all 256 first bytes and all 65,536 pairs of bytes fail with a code", async () => {
  for (let pair = 0; pair < 65_536; pair++) {
    const outcome = await failureOf(() => readPickle(Uint8Array.of(0x80, 2, pair >> 8, pair & 255, 0x2e)));
    if (typeof outcome !== "string") throw outcome;
  }
});

const OD = [op.global("collections", "OrderedDict"), op.emptyTuple, op.reduce];
const CALL = op.global("torch._utils", "_rebuild_tensor_v2");

test.each<readonly [string, Uint8Array, string]>([
  ["a call of a call's result", wrap(...OD, op.emptyTuple, op.reduce), "pickle_forbidden"],
  ["a call of a text", wrap(op.text("posix system"), op.emptyTuple, op.reduce), "pickle_forbidden"],
  ["a call of a storage class", wrap(op.global("torch", "FloatStorage"), op.emptyTuple, op.reduce), "pickle_forbidden"],
  ["a call with a list", wrap(op.global("collections", "OrderedDict"), op.emptyList, op.reduce), "pickle_invalid"],
  ["a call with nothing", wrap(op.emptyTuple, op.reduce), "pickle_invalid"],
  [
    "OrderedDict with arguments",
    wrap(op.global("collections", "OrderedDict"), op.none, op.tuple1, op.reduce),
    "pickle_forbidden",
  ],
  ["a tensor of nothing", wrap(CALL, op.emptyTuple, op.reduce), "pickle_forbidden"],
  [
    "a tensor of texts",
    wrap(CALL, op.mark, ...[0, 1, 2, 3, 4, 5].map(() => op.text("x")), op.tuple, op.reduce),
    "pickle_forbidden",
  ],
  ["attributes set on a tensor", wrap(tensorOps(), op.emptyDict, op.build), "pickle_forbidden"],
  ["attributes set on a plain dictionary", wrap(op.emptyDict, op.emptyDict, op.build), "pickle_forbidden"],
  [
    "attributes other than _metadata",
    wrap(...OD, op.emptyDict, op.text("__class__"), op.none, op.setItem, op.build),
    "pickle_forbidden",
  ],
  ["attributes from a text", wrap(...OD, op.text("x"), op.build), "pickle_forbidden"],
  ["a persistent id that is a text", wrap(op.text("storage"), op.persid), "pickle_forbidden"],
  [
    "a persistent id of another kind",
    wrap(op.mark, op.text("module"), op.none, op.text("0"), op.text("cpu"), op.int(1), op.tuple, op.persid),
    "pickle_forbidden",
  ],
  ["a storage key that is a path", wrap(tensorOps({ key: "../../etc/passwd" })), "pickle_forbidden"],
  ["a storage key that is empty", wrap(tensorOps({ key: "" })), "pickle_forbidden"],
  ["a storage of negative length", wrap(tensorOps({ length: -1 })), "tensor_shape_invalid"],
  ["a negative dimension", wrap(tensorOps({ size: [-4] })), "tensor_shape_invalid"],
  ["a dimension above 2^53", wrap(tensorOps({ size: [2n ** 60n] })), "tensor_shape_invalid"],
  ["a negative stride", wrap(tensorOps({ stride: [-1] })), "tensor_shape_invalid"],
  ["a negative offset", wrap(tensorOps({ offset: -1 })), "tensor_shape_invalid"],
  ["strides of another number", wrap(tensorOps({ size: [2, 2], stride: [1] })), "pickle_forbidden"],
  [
    "nine dimensions",
    wrap(tensorOps({ size: new Array(9).fill(1), stride: new Array(9).fill(1) })),
    "tensor_shape_invalid",
  ],
  ["a key twice", dictPickleTwice(), "pickle_invalid"],
  ["a key that is a list", wrap(op.emptyDict, op.emptyList, op.none, op.setItem), "pickle_invalid"],
  ["a key without value", wrap(op.emptyDict, op.mark, op.text("a"), op.setItems), "pickle_invalid"],
  ["append to a tuple", wrap(op.emptyTuple, op.none, op.append), "pickle_invalid"],
  ["an empty memo", wrap(op.get(0)), "pickle_invalid"],
  ["a mark as a value", wrap(op.mark), "pickle_invalid"],
  ["two values at the end", wrap(op.none, op.none), "pickle_invalid"],
  ["no value at the end", wrap(), "pickle_invalid"],
  ["bytes after the end", join(op.proto(), op.none, op.stop, op.stop), "pickle_invalid"],
  ["no end", join(op.proto(), op.none), "pickle_invalid"],
  ["no protocol", join(op.none, op.stop), "pickle_invalid"],
  ["protocol 1", join(op.proto(1), op.none, op.stop), "pickle_invalid"],
  ["protocol 6", join(op.proto(6), op.none, op.stop), "pickle_invalid"],
  ["protocol twice", join(op.proto(), op.proto(), op.none, op.stop), "pickle_forbidden"],
  ["a text longer than the pickle", wrap(Buffer.of(0x58, 255, 255, 255, 255)), "pickle_invalid"],
  ["a text of 2^64 - 1 bytes", wrap(Buffer.of(0x8d, 255, 255, 255, 255, 255, 255, 255, 255)), "pickle_invalid"],
  ["a line without end", wrap(Buffer.from(`c${"x".repeat(5000)}`)), "pickle_invalid"],
  ["nothing", new Uint8Array(0), "pickle_invalid"],
])("refused: %s", async (_, bytes, code) => {
  expect(await failureOf(() => readPickle(bytes))).toBe(code);
});

function dictPickleTwice(): Uint8Array {
  return wrap(op.emptyDict, op.mark, op.text("a"), op.none, op.text("a"), op.none, op.setItems);
}

test("a container that holds itself, and sharing that would explode when copied, cost nothing", () => {
  expect(readPickle(wrap(op.emptyList, op.put(0), op.get(0), op.append))).toMatchObject({ kind: "list" });
  // 2^200 leaves, were they copied.
  const doubling = Array.from({ length: 200 }, (_, i) => [
    op.get(i),
    op.get(i),
    op.tuple2,
    op.put(i + 1),
    op.pop,
  ]).flat();
  const started = process.cpuUsage();
  expect(readPickle(wrap(op.none, op.put(0), ...doubling))).toBe(null);
  expect(processorMs(started)).toBeLessThan(QUICK_MS);
});

test("more than a million opcodes are refused, and quickly", async () => {
  const started = process.cpuUsage();
  await expectCode(() => readPickle(wrap(Buffer.alloc(2_000_000, 0x4e))), "pickle_limit");
  await expectCode(() => readPickle(wrap(Buffer.alloc(2_000_000, 0x28))), "pickle_limit");
  const memoBomb = Buffer.concat([op.none, Buffer.alloc(MAX_OPCODES, 0x94)]);
  await expectCode(() => readPickle(wrap(memoBomb)), "pickle_limit");
  expect(processorMs(started)).toBeLessThan(5 * QUICK_MS);
});

test("real exploits leave no trace: no file, no child process, and the names they use are reported", async () => {
  const exploits = ["os-system.pkl", "os-system-0.pkl"].map(
    (name) => new Uint8Array(readFileSync(joinPath(FORMATS, "python", name))),
  );
  const before = childProcesses();
  await withFolder(async (folder) => {
    const here = process.cwd();
    process.chdir(folder);
    try {
      for (const bytes of exploits) {
        expect(await failureOf(() => readPickle(bytes))).toMatch(/^pickle_(forbidden|invalid)$/);
        expect(scanPickle(bytes).globals).toEqual(["posix system"]);
      }
      expect(existsSync(joinPath(folder, "pwned-by-pickle"))).toBe(false);
    } finally {
      process.chdir(here);
    }
  });
  expect(childProcesses()).toEqual(before);
});

/** Children of this process, as the kernel lists them. */
function childProcesses(): string[] {
  if (process.platform !== "linux") return [];
  return execFileSync("cat", [`/proc/${process.pid}/task/${process.pid}/children`], { encoding: "utf8" })
    .split(" ")
    .slice(0, -1)
    .filter((pid) => existsSync(`/proc/${pid}`));
}

test("the scanner names what a pickle would import, without limits on what it meets", () => {
  const scan = scanPickle(
    wrap(op.text("os"), op.memoize, op.text("system"), op.stackGlobal, op.text("n_features_in_"), op.int(7)),
  );
  expect(scan).toMatchObject({ protocol: 2, globals: ["os system"], complete: true });
  expect(scan.integers.get("n_features_in_")).toBe(7);
  expect(scanPickle(Uint8Array.of(0x80, 4, 1, 2, 3))).toMatchObject({ protocol: 4, complete: false });
  expect(scanPickle(new Uint8Array(0))).toMatchObject({ complete: false, globals: [] });
});
