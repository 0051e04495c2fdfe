import { cp, mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { GGML_TYPES } from "../../../src/moe/formats/ggml/types.ts";
import { formatInspectReport } from "../../../src/moe/inspect/formatReport.ts";
import { inspect } from "../../../src/moe/inspect/inspect.ts";
import { parseConfig } from "../../../src/moe/model/parseConfig.ts";
import { modelSlots, slotParts } from "../../../src/moe/model/parts.ts";
import { readConfig } from "../export/ggufExport.ts";
import { expectCode, failureOf } from "../formats/expectCode.ts";
import { BAD, CHECKPOINTS, FORMATS } from "../formats/fixtures.ts";
import { gguf, tensor } from "../formats/ggufBytes.ts";
import { processorMs, QUICK_MS } from "../formats/processorTime.ts";
import { bytes, number } from "../formats/protobufBytes.ts";
import { withFolder } from "../formats/temporaryFolder.ts";

const at = (path: string) => join(FORMATS, path);

/** Parameters by the model's description: all, and without the experts that a token does not use. */
async function described(name: string): Promise<{ total: number; active: number }> {
  const spec = parseConfig(await readConfig(name));
  let total = 0;
  let active = 0;
  for (const slot of modelSlots(spec)) {
    const size = slotParts(spec, slot.kind).reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
    total += size;
    if (slot.kind !== "expert") active += size;
    else if (slot.expert < spec.experts.perToken) active += size;
  }
  return { total, active };
}

const WHOLE = [
  "mixtral",
  "mixtral-bf16",
  "mixtral-f16",
  "mixtral-pt",
  "mixtral-bf16-pt",
  "olmoe",
  "olmoe-bf16",
  "olmoe-f16-pt",
  "qwen2moe",
  "qwen2moe-mix",
  "qwen3moe",
  "qwen3moe-mix-v5",
  "deepseek_v2-lite",
  "deepseek_v2-group",
  "gpt_oss",
  "gpt_oss-mxfp4",
  "granitemoe",
  "phimoe",
];

test.each(WHOLE)("%s: total and active parameters are those that its config describes", async (name) => {
  const report = await inspect(join(CHECKPOINTS, name));
  const { total, active } = await described(name);
  const { experts } = parseConfig(await readConfig(name));
  // gpt-oss has one bias per expert: of those not in use a few numbers are counted as well.
  expect(report.parameters?.total).toBe(total);
  expect(Math.abs(report.parameters!.active - active)).toBeLessThanOrEqual(experts.bias ? total * 0.01 : 1);
  expect(report.family).toBe("moe-transformer");
  expect(report.moe).toMatchObject({ experts: experts.count, expertsPerToken: experts.perToken });
});

test("a checkpoint: format, framework, architecture, precision, input, files", async () => {
  expect(await inspect(join(CHECKPOINTS, "olmoe"))).toMatchObject({
    name: "olmoe",
    format: "safetensors",
    framework: "Transformers (PyTorch)",
    architecture: "OlmoeForCausalLM",
    precision: [{ dtype: "F32", tensors: 174 }],
    inputShape: ["batch", expect.stringMatching(/^sequence up to \d+$/)],
    files: 2,
    refused: null,
    analysis: { sizeClass: "small" },
  });
  expect(await inspect(join(CHECKPOINTS, "gpt_oss-mxfp4"))).toMatchObject({
    precision: [{ dtype: "MXFP4" }, { dtype: "BF16" }],
  });
  expect(await inspect(join(CHECKPOINTS, "olmoe-f16-pt"))).toMatchObject({
    format: "pytorch-zip",
    files: 2,
    precision: [{ dtype: "F16" }],
  });
});

test("one file of a folder is identified with the config beside it", async () => {
  const report = await inspect(join(CHECKPOINTS, "mixtral/model.safetensors"));
  expect(report).toMatchObject({ architecture: "MixtralForCausalLM", moe: { expertsPerToken: 2 } });
});

test.each<readonly [string, Record<string, unknown>]>([
  [
    "torch/state-dict.pt",
    { format: "pytorch-zip", framework: "PyTorch", family: "cnn", parameters: { total: 167, active: 167 } },
  ],
  ["torch/tied.pt", { parameters: { total: 20 } }],
  [
    "torch/module.pt",
    {
      format: "pytorch-zip",
      refused: { code: "pickle_forbidden" },
      imports: expect.arrayContaining(["torch.nn.modules.linear Linear"]),
    },
  ],
  ["torch/torchscript.pt", { format: "torchscript", refused: { code: "zip_unsupported" } }],
  ["torch/legacy.pt", { format: "pytorch-legacy", framework: "PyTorch" }],
  [
    "python/forest.pkl",
    {
      format: "pickle",
      framework: "scikit-learn",
      architecture: "RandomForestClassifier",
      family: "tree-ensemble",
      inputShape: ["samples", 7],
    },
  ],
  ["python/forest.joblib", { format: "joblib", framework: "scikit-learn", architecture: "RandomForestClassifier" }],
  [
    "python/forest-compressed.joblib",
    { format: "joblib", architecture: "RandomForestClassifier", inputShape: ["samples", 7] },
  ],
  ["python/logistic.pkl", { architecture: "LogisticRegression", family: "linear" }],
  ["python/q-table.pkl", { framework: "NumPy", family: "array" }],
  ["python/plain.pkl", { framework: "Python", family: "unknown" }],
  [
    "hdf5/keras.h5",
    {
      format: "hdf5",
      framework: "Keras 2.15.0 (tensorflow)",
      architecture: "Sequential",
      family: "cnn",
      parameters: { total: 690 },
      inputShape: ["any", 28, 28, 1],
      precision: [{ dtype: "F32", tensors: 4 }],
    },
  ],
  ["hdf5/keras-latest.h5", { framework: "Keras 2.15.0 (tensorflow)", parameters: { total: 690 } }],
  ["hdf5/many.h5", { framework: "HDF5", parameters: { total: 720 } }],
  ["onnx/conv.onnx", { format: "onnx", family: "cnn", parameters: { total: 218 }, inputShape: [1, 3, 32, 32] }],
  ["onnx/linear.onnx", { framework: "ONNX (fixtures)", inputShape: ["batch", 3] }],
  [
    "onnx/external.onnx",
    { parameters: { total: 12 }, notes: expect.arrayContaining([expect.stringMatching(/not opened/)]) },
  ],
  [
    "gguf/reference.gguf",
    {
      format: "gguf",
      architecture: "llama",
      parameters: { total: 1191 },
      moe: { layers: 1, experts: 2, expertsPerToken: 1 },
    },
  ],
])("%s is identified, and survives JSON", async (path, expected) => {
  const report = await inspect(at(path));
  expect(report).toMatchObject(expected);
  expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  expect(report.byteLength).toBeGreaterThan(0);
});

test("TensorFlow graphs: a frozen one, and a saved model by its folder", async () => {
  const attribute = (key: string, value: Uint8Array) => bytes(5, bytes(1, key), bytes(2, value));
  const shape = (...sizes: number[]) => bytes(7, ...sizes.map((size) => bytes(2, number(1, size))));
  const input = bytes(1, bytes(1, "x"), bytes(2, "Placeholder"), attribute("shape", shape(-1, 64)));
  const variable = bytes(1, bytes(1, "v"), bytes(2, "VarHandleOp"), attribute("shape", shape(64, 10)));
  const conv = bytes(1, bytes(1, "c"), bytes(2, "Conv2D"));
  await withFolder(async (folder) => {
    await writeFile(join(folder, "frozen.pb"), Buffer.concat([input, conv]));
    expect(await inspect(join(folder, "frozen.pb"))).toMatchObject({
      format: "tensorflow-graph",
      family: "cnn",
      parameters: null,
      analysis: null,
      inputShape: ["any", 64],
    });
    await mkdir(join(folder, "saved"));
    const meta = bytes(2, bytes(1, bytes(5, "2.15.0")), bytes(2, input, variable));
    await writeFile(join(folder, "saved/saved_model.pb"), Buffer.concat([number(1, 1), meta]));
    expect(await inspect(join(folder, "saved"))).toMatchObject({
      format: "tensorflow-saved-model",
      framework: "TensorFlow 2.15.0",
      parameters: { total: 640 },
    });
  });
});

test("a GGUF file with types that cannot be read is identified all the same", async () => {
  await withFolder(async (folder) => {
    const { id, elements, bytes: size } = [...GGML_TYPES.values()].find(({ name }) => name === "IQ2_XS")!;
    await writeFile(
      join(folder, "m.gguf"),
      gguf({ tensors: [tensor({ type: id, sizes: [elements, 2] })], data: 2 * size }),
    );
    expect(await inspect(join(folder, "m.gguf"))).toMatchObject({
      format: "gguf",
      parameters: { total: 2 * elements },
      precision: [{ dtype: "IQ2_XS" }],
      refused: { code: "dtype_unsupported" },
    });
  });
});

test("files with code in them are described, and nothing of it happens", async () => {
  const report = await inspect(join(BAD, "pickle-code"));
  expect(report).toMatchObject({
    format: "pytorch-zip",
    refused: { code: "pickle_forbidden" },
    imports: expect.arrayContaining(["posix system"]),
  });
  expect(report.notes.join()).toMatch(/posix system/);
  expect(await readdir(join(BAD, "pickle-code"))).not.toContain("pwned");
  for (const name of ["os-system.pkl", "os-system-0.pkl"]) {
    expect((await inspect(at(`python/${name}`))).notes.join()).toMatch(/could run: posix system/);
  }
});

test.each([
  "truncated-data",
  "header-length-past-eof",
  "header-not-json",
  "overlapping-offsets",
  "offsets-past-end",
  "wrong-dtype-size",
  "empty-file",
  "lfs-pointer",
  "index-missing-shard",
  "index-path-traversal",
  "pickle-truncated",
  "pickle-short-storage",
  "no-weights",
])("broken folder %s is refused with a code at once", async (name) => {
  const started = process.cpuUsage();
  expect(await failureOf(() => inspect(join(BAD, name)))).toEqual(expect.stringMatching(/^[a-z_]+$/));
  expect(processorMs(started)).toBeLessThan(QUICK_MS);
});

test("every extension with content that is none of it is refused with a code", async () => {
  await withFolder(async (folder) => {
    const contents = [
      Buffer.alloc(0),
      Buffer.from("x"),
      Buffer.alloc(100),
      Buffer.alloc(100, 0xff),
      Buffer.from("just some text, nothing else"),
      Buffer.from([0x78, 0x9c, 1, 2, 3]),
      Buffer.from([0x1f, 0x8b, 8, 0]),
    ];
    for (const extension of ["pt", "pth", "bin", "safetensors", "gguf", "onnx", "h5", "pb", "pkl", "joblib", "txt"]) {
      for (const content of contents) {
        const path = join(folder, `m.${extension}`);
        await writeFile(path, content);
        expect(await failureOf(() => inspect(path))).toEqual(expect.stringMatching(/^[a-z_]+$/));
      }
    }
    await expectCode(() => inspect(join(folder, "absent.pt")), "file_missing");
  });
});

test("the name does not decide: files are what their bytes are", async () => {
  await withFolder(async (folder) => {
    await cp(at("torch/state-dict.pt"), join(folder, "a.safetensors"));
    expect((await inspect(join(folder, "a.safetensors"))).format).toBe("pytorch-zip");
    await cp(at("gguf/reference.gguf"), join(folder, "a.pth"));
    expect((await inspect(join(folder, "a.pth"))).format).toBe("gguf");
    await cp(at("hdf5/keras.h5"), join(folder, "a.bin"));
    expect((await inspect(join(folder, "a.bin"))).format).toBe("hdf5");
    await symlink(join(folder, "a.bin"), join(folder, "link.h5"));
    await expectCode(() => inspect(join(folder, "link.h5")), "file_is_link");
    expect((await inspect(join(folder, "link.h5"), { followLinks: true })).format).toBe("hdf5");
  });
});

test("an unknown architecture is named, with the reason why it is not usable here", async () => {
  const report = await inspect(join(BAD, "config-unknown-architecture"));
  expect(report.notes.join()).toMatch(/architecture_unsupported/);
  expect(report.parameters!.active).toBe(report.parameters!.total);
});

test("the report for people names everything, and holds no control characters of the file", async () => {
  const text = formatInspectReport(await inspect(join(CHECKPOINTS, "olmoe")));
  for (const word of [
    "OlmoeForCausalLM",
    "safetensors",
    "F32",
    "of which a token uses",
    "16 in each of 3 layers",
    "size class",
    "memory q4",
    "cores",
  ]) {
    expect(text).toContain(word);
  }
  expect(text).toMatch(/^GPU +not needed$/m);
  const hostile = formatInspectReport({
    ...(await inspect(at("onnx/linear.onnx"))),
    architecture: "\u001b[31mred\u0007\u202e",
  });
  for (const character of ["\u001b", "\u0007", "\u202e"]) expect(hostile).not.toContain(character);
  expect(formatInspectReport(await inspect(at("python/forest.pkl")))).toContain("not known without loading");
});
