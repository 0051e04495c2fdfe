import { link, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { memorySource } from "../../../src/moe/formats/byteSource.ts";
import { readOnnxModel } from "../../../src/moe/formats/onnx/model.ts";
import { openOnnx } from "../../../src/moe/formats/onnx/reader.ts";
import { expectCode, failureOf } from "./expectCode.ts";
import { FORMATS } from "./fixtures.ts";
import { processorMs, QUICK_MS } from "./processorTime.ts";
import { bytes, fixed32, fixed64, number, varint } from "./protobufBytes.ts";
import { withFolder } from "./temporaryFolder.ts";

const ONNX = join(FORMATS, "onnx");
const read = (...parts: Uint8Array[]) => readOnnxModel(memorySource(new Uint8Array(Buffer.concat(parts))));

test("a model of the reference library: operators, inputs, initialisers and their bytes", async () => {
  const onnx = await openOnnx(join(ONNX, "linear.onnx"));
  expect(onnx.model).toMatchObject({ producer: "fixtures", opset: 17, graphName: "linear" });
  expect([...onnx.model.operators]).toEqual([
    ["MatMul", 1],
    ["Relu", 1],
  ]);
  expect(onnx.model.inputs).toEqual([{ name: "x", elementType: 1, shape: ["batch", 3] }]);
  expect([...onnx.tensors.values()]).toEqual([
    { name: "W", dtype: "F32", shape: [3, 4], byteLength: 48 },
    { name: "B", dtype: "F16", shape: [4], byteLength: 8 },
  ]);
  expect([...new Float32Array((await onnx.read("W")).buffer as ArrayBuffer)]).toEqual([
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
  ]);
  expect(await onnx.readRange("B", 2, 4)).toEqual(new Uint8Array(4));
  await onnx.close();
});

test("an initialiser that is listed as an input is none; values in typed lists are counted, not read", async () => {
  const onnx = await openOnnx(join(ONNX, "conv.onnx"));
  expect(onnx.model.inputs.map(({ name }) => name)).toEqual(["x"]);
  await expectCode(() => onnx.read("typed"), "dtype_unsupported");
  await onnx.close();
});

test("weights in another file are refused by default, and read when that is allowed", async () => {
  const refusing = await openOnnx(join(ONNX, "external.onnx"));
  await expectCode(() => refusing.read("W"), "external_data_refused");
  await refusing.close();
  const allowing = await openOnnx(join(ONNX, "external.onnx"), { allowExternal: true });
  expect([...new Float32Array((await allowing.read("W")).buffer as ArrayBuffer)].slice(0, 3)).toEqual([0, 1, 2]);
  await allowing.close();
});

const SECRET = "TOP-SECRET-CONTENT-OF-ANOTHER-FILE";

/** A model with one weight of 16 bytes in another file. */
function external(entries: Readonly<Record<string, string>>, dims = 4): Uint8Array {
  const data = Object.entries(entries).map(([key, value]) => bytes(13, bytes(1, key), bytes(2, value)));
  const tensor = bytes(5, number(1, dims), number(2, 1), bytes(8, "w"), ...data, number(14, 1));
  return new Uint8Array(Buffer.concat([number(1, 8), bytes(7, bytes(2, "g"), tensor), bytes(8, number(2, 17))]));
}

/** Ways out of the folder, by name; `{root}` is the folder that holds the model's folder and the secret. */
const LOCATIONS = [
  "../secret",
  "..\\secret",
  "./../secret",
  "sub/../../secret",
  "../../../../../../../../etc/passwd",
  "/etc/passwd",
  "//etc/passwd",
  "{root}/secret",
  "file://{root}/secret",
  "file:///etc/passwd",
  "http://127.0.0.1/x",
  "https://example.org/w",
  "\\\\server\\share\\w",
  "C:\\secret",
  "C:secret",
  "C:/secret",
  "secret:stream",
  "CON",
  "nul",
  "COM1",
  "LPT1.txt",
  "aux.bin",
  "",
  ".",
  "..",
  " ",
  "...",
  "..secret",
  ".hidden",
  "~/secret",
  "~",
  "$HOME/secret",
  "%TEMP%",
  "sub/weights",
  "sub\\weights",
  "weights\u0000.bin",
  "secret\u0000",
  "\u0000",
  "a\nb",
  "weights/",
  "weights/.",
  "|ls",
  "`ls`",
  "*",
  "?",
  "<x>",
  "w".repeat(256),
  "%2e%2e%2fsecret",
  "..%2fsecret",
  "．．/secret",
  "link",
  "linked-folder",
  "parent-link/secret",
  "hard",
  "folder",
  "absent",
  "/proc/self/environ",
  "/dev/zero",
  "/dev/stdin",
] as const;

test.each(LOCATIONS)("external location %j is never read, even when external data is allowed", async (template) => {
  await withFolder(async (root) => {
    const folder = join(root, "model");
    await mkdir(join(folder, "folder"), { recursive: true });
    await mkdir(join(folder, "sub"));
    await writeFile(join(root, "secret"), SECRET.repeat(4));
    await writeFile(join(folder, "sub", "weights"), SECRET.repeat(4));
    await symlink("../secret", join(folder, "link"));
    await symlink(root, join(folder, "linked-folder"));
    await symlink(root, join(folder, "parent-link"));
    await link(join(root, "secret"), join(folder, "hard"));
    await writeFile(
      join(folder, "model.onnx"),
      external({ location: template.replace("{root}", root), offset: "0", length: "16" }),
    );
    for (const allowExternal of [false, true]) {
      const onnx = await openOnnx(join(folder, "model.onnx"), { allowExternal });
      const outcome = await onnx.read("w").then(
        (found) => Buffer.from(found).toString(),
        (error: { name?: string; code?: string; message: string; data?: unknown }) => error,
      );
      await onnx.close();
      expect(outcome).toMatchObject({
        name: "AiBlockError",
        code: allowExternal ? "external_data_invalid" : "external_data_refused",
      });
      expect(JSON.stringify(outcome)).not.toContain("TOP-SECRET");
    }
  });
});

test("there are at least 55 locations", () => {
  expect(LOCATIONS.length).toBeGreaterThanOrEqual(55);
});

test.each<readonly [string, Readonly<Record<string, string>>]>([
  ["offset past the end", { location: "w.bin", offset: "100" }],
  ["range past the end", { location: "w.bin", offset: "1" }],
  ["negative offset", { location: "w.bin", offset: "-16" }],
  ["offset in hexadecimal", { location: "w.bin", offset: "0x0" }],
  ["offset as a fraction", { location: "w.bin", offset: "0.0" }],
  ["offset above 2^53", { location: "w.bin", offset: "9007199254740993" }],
  ["offset of many digits", { location: "w.bin", offset: "1".repeat(400) }],
  ["another length", { location: "w.bin", length: "8" }],
  ["no length but digits", { location: "w.bin", length: "16 " }],
])("external data with %s is refused", async (_, entries) => {
  await withFolder(async (folder) => {
    await writeFile(join(folder, "w.bin"), new Uint8Array(16));
    await writeFile(join(folder, "m.onnx"), external(entries));
    const onnx = await openOnnx(join(folder, "m.onnx"), { allowExternal: true });
    await expectCode(() => onnx.read("w"), "external_data_invalid");
    await onnx.close();
  });
});

const graph = (...parts: Uint8Array[]) => bytes(7, bytes(2, "g"), ...parts);

test.each<readonly [string, Uint8Array]>([
  ["nothing", Buffer.alloc(0)],
  ["no graph", number(1, 8)],
  ["two graphs", Buffer.concat([graph(), graph()])],
  ["a field number of 0", Buffer.concat([graph(), Buffer.of(0)])],
  ["a group", Buffer.concat([graph(), Buffer.of(0x0b)])],
  ["wire type 7", Buffer.concat([graph(), Buffer.of(0x0f)])],
  ["a varint of 11 bytes", Buffer.concat([graph(), Buffer.of(8), Buffer.alloc(10, 0xff), Buffer.of(1)])],
  ["a varint above 64 bits", Buffer.concat([graph(), Buffer.of(8), Buffer.alloc(9, 0xff), Buffer.of(2)])],
  ["a varint cut off", Buffer.concat([graph(), Buffer.of(8, 0x80)])],
  ["a length past the end", Buffer.concat([graph(), Buffer.of(0x12), varint(100)])],
  ["a length of 2^64 - 1", Buffer.concat([graph(), Buffer.of(0x12), varint(2n ** 64n - 1n)])],
  ["a message that leaves its parent", Buffer.concat([Buffer.of(0x3a, 4, 0x12, 50), Buffer.alloc(60)])],
  ["a fixed number cut off", Buffer.concat([graph(), fixed64(20).subarray(0, 5)])],
  ["a name that is not UTF-8", graph(bytes(5, number(1, 4), number(2, 1), bytes(8, Buffer.of(0xff, 0xfe))))],
  ["a name of a megabyte", graph(bytes(5, number(2, 1), bytes(8, "n".repeat(1_000_000))))],
  ["a negative dimension", graph(bytes(5, number(1, -1), number(2, 1), bytes(8, "w")))],
  [
    "dimensions that overflow",
    graph(bytes(5, number(1, 2n ** 40n), number(1, 2n ** 40n), number(2, 1), bytes(8, "w"))),
  ],
  ["nine dimensions", graph(bytes(5, ...new Array(9).fill(number(1, 1)), number(2, 1), bytes(8, "w")))],
  ["a thousand packed dimensions", graph(bytes(5, bytes(1, Buffer.alloc(1000, 1)), number(2, 1), bytes(8, "w")))],
  [
    "raw data of another length",
    graph(bytes(5, number(1, 4), number(2, 1), bytes(8, "w"), bytes(9, Buffer.alloc(15)))),
  ],
  ["a weight twice", graph(bytes(5, number(2, 1), bytes(8, "w")), bytes(5, number(2, 1), bytes(8, "w")))],
  ["external entries twice", graph(bytes(5, bytes(8, "w"), bytes(13, bytes(1, "k")), bytes(13, bytes(1, "k"))))],
  ["two thousand operator types", graph(...Array.from({ length: 2000 }, (_, i) => bytes(1, bytes(4, `Op${i}`))))],
])("refused with a code: %s", async (_, file) => {
  const started = process.cpuUsage();
  expect(await failureOf(() => read(file))).toEqual(expect.stringMatching(/^[a-z_]+$/));
  expect(processorMs(started)).toBeLessThan(QUICK_MS);
});

test("fields that are not known are stepped over, large ones without being read", async () => {
  const body = Buffer.concat([
    graph(bytes(99, Buffer.alloc(3_000_000))),
    fixed32(50),
    fixed64(51),
    number(52, 7),
    bytes(8, bytes(1, "com.x"), number(2, 99)),
  ]);
  const inner = memorySource(new Uint8Array(body));
  let total = 0;
  const counting = {
    ...inner,
    read: (offset: number, length: number) => {
      total += length;
      return inner.read(offset, length);
    },
  };
  expect(await readOnnxModel(counting)).toMatchObject({ graphName: "g", opset: 0 });
  expect(total).toBeLessThan(300_000);
});

test("the fixture with external data is what the reference library wrote", async () => {
  expect((await readFile(join(ONNX, "external.weights"))).length).toBe(48);
});

test("messages nested ten thousand deep are not entered", async () => {
  const nested = Array.from({ length: 10_000 }).reduce<Buffer>((inner) => bytes(7, inner), Buffer.alloc(0));
  expect((await read(nested)).operators.size).toBe(0);
});
