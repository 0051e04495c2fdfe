import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import fc from "fast-check";
import { listOptions } from "../../../src/core/config/options.ts";
import { MASK, printConfig } from "../../../src/core/config/print.ts";
import { type ConfigInput, type ConfigProblem, resolveConfig } from "../../../src/core/config/resolve.ts";
import type { AiBlockError } from "../../../src/core/errors.ts";
import { withTemporaryFolder } from "../temporaryFolder.ts";

const FILE = "/etc/ai-block/config.json";

test("a flag beats the environment, that beats the file, that beats the default: every combination", () => {
  const port = fc.option(fc.integer({ min: 0, max: 65_535 }), { nil: undefined });
  fc.assert(
    fc.property(port, port, port, (flag, variable, inFile) => {
      const { config, sources } = resolveConfig({
        flags: flag === undefined ? {} : { httpPort: String(flag) },
        env: variable === undefined ? {} : { AI_BLOCK_HTTP_PORT: String(variable) },
        file: inFile === undefined ? undefined : { path: FILE, value: { http: { port: inFile } } },
      });
      expect(config.http.port).toBe(flag ?? variable ?? inFile ?? 8000);
      const kinds = { flag, environment: variable, file: inFile, default: 8000 };
      const expected = Object.entries(kinds).find(([, value]) => value !== undefined)![0];
      expect(sources.get("http.port")!.kind).toBe(expected);
    }),
    { numRuns: 300 },
  );
});

test("each source is named: flag, variable, file path, default", () => {
  const { sources } = resolveConfig({
    flags: { httpPort: "1" },
    env: { AI_BLOCK_HTTP_HOST: "localhost" },
    file: { path: FILE, value: { log: { level: "warn" } } },
  });
  expect(["http.port", "http.host", "log.level", "network"].map((key) => sources.get(key))).toEqual([
    { kind: "flag", name: "--http-port" },
    { kind: "environment", name: "AI_BLOCK_HTTP_HOST" },
    { kind: "file", name: FILE },
    { kind: "default", name: "default" },
  ]);
});

test("bytes have units; lists have commas; what has none of either is a mistake", () => {
  const of = (flags: Record<string, string>) => resolveConfig({ flags }).config;
  expect(of({ engineExpertBudget: "2GiB" }).engine.expertBudget).toBe(2 ** 31);
  expect(of({ engineExpertBudget: "5 mb" }).engine.expertBudget).toBe(5e6);
  expect(of({ httpAllowedHosts: "a.example, b.example" }).http.allowedHosts).toEqual(["a.example", "b.example"]);
  expect(of({}).http).toMatchObject({ allowedHosts: [], insecure: false, metricsPort: undefined });
  for (const flags of [
    { engineExpertBudget: "2 bananas" },
    { engineExpertBudget: "-1" },
    { httpAllowedOrigins: "chat.example" },
    { httpAllowedHosts: "a.example,,b.example" },
    { httpInsecure: "yes" },
    { engineThreads: "0" },
  ]) {
    expect(() => of(flags as unknown as Record<string, string>)).toThrow(/expected/);
  }
});

test("every option can be set by its flag, its variable and its key, with the same result", () => {
  const samples: Record<string, string | number | boolean | readonly string[]> = {
    network: "test-net",
    dataDir: "/data",
    keyFile: "/keys/a.json",
    "log.level": "debug",
    "log.format": "json",
    "log.file": "/var/log/node.log",
    "http.host": "::1",
    "http.port": 9000,
    "http.frontend": "/pages",
    "http.apiKeys": "/keys/api.json",
    "http.insecure": true,
    "http.allowedHosts": ["node.example", "other.example"],
    "http.allowedOrigins": ["https://chat.example"],
    "http.metricsPort": 9001,
    "http.requestsPerMinute": 60,
    "http.tokensPerMinute": 1000,
    "http.uploads": 8,
    "http.streams": 4,
    modelFolder: "/models/tiny",
    "engine.precision": "q8",
    "engine.executionProvider": "webgpu",
    "engine.threads": 2,
    "engine.expertBudget": 2_000_000,
    "chat.concurrency": 8,
    "chat.maxWaiting": 10,
  };
  const plain = listOptions().filter((entry) => !entry.option.secret);
  expect(Object.keys(samples).sort()).toEqual(plain.map((entry) => entry.key).sort());
  for (const { key, attribute, variable } of plain) {
    const sample = samples[key]!;
    const nested = key.split(".").reduceRight<unknown>((value, name) => ({ [name]: value }), sample);
    const inputs: ConfigInput[] = [
      { flags: { [attribute]: String(sample) } },
      { env: { [variable]: String(sample) } },
      { file: { path: FILE, value: nested } },
    ];
    for (const input of inputs) expect([key, resolveConfig(input).values.get(key)]).toEqual([key, sample]);
  }
});

test("all mistakes of all sources are reported at once, each with its key, its source and what was expected", () => {
  const error = problemsOf({
    flags: { httpPort: "70000" },
    env: { AI_BLOCK_LOG_LEVEL: "loud", AI_BLOCK_NETWORK: "../etc" },
    file: { path: FILE, value: { http: { host: 5, prot: 1 }, lgo: {}, log: "info", dataDir: "" } },
  });
  expect(error.problems.map(({ key, source, message }) => [key, source.name, message])).toEqual([
    ["http.prot", FILE, 'there is no such option, did you mean "port"?'],
    ["lgo", FILE, 'there is no such option, did you mean "log"?'],
    ["log", FILE, "expected an object"],
    ["network", "AI_BLOCK_NETWORK", 'expected 1 to 32 lower-case letters, digits and inner hyphens, got "../etc"'],
    ["dataDir", FILE, 'expected a path, got ""'],
    ["log.level", "AI_BLOCK_LOG_LEVEL", expect.stringMatching(/^expected one of trace, .*silent, got/)],
    ["http.host", FILE, "expected a host name or an IP address, got 5"],
    ["http.port", "--http-port", "expected an integer from 0 to 65535, got 70000"],
  ]);
  expect(error.message.split("\n").length).toBe(1 + error.problems.length);
});

test("a mistyped choice is told its nearest match", () => {
  const { problems } = problemsOf({ flags: { logLevel: "wran" } });
  expect(problems[0]!.message).toMatch(/^expected one of trace, .*, got "wran", did you mean "warn"\?$/);
});

test.each(["", "1.5", "1e3", "0x10", " 80", "-1", "65536", "NaN", "99999999999999999999", "eighty"])(
  "the text %j is no port",
  (text) => {
    expect(() => resolveConfig({ flags: { httpPort: text } })).toThrow(expect.objectContaining({ code: "bad_config" }));
  },
);

test.each([null, [], "text", 5])("a configuration file that holds %j is refused", (value) => {
  const { problems } = problemsOf({ file: { path: FILE, value } });
  expect(problems).toEqual([
    { key: "(the whole file)", source: { kind: "file", name: FILE }, message: "expected an object" },
  ]);
});

test("__proto__ and constructor in the file are unknown options like others", () => {
  const value: unknown = JSON.parse('{"__proto__":{"network":"evil"},"constructor":{},"http":{"toString":1}}');
  const { problems } = problemsOf({ file: { path: FILE, value } });
  expect(problems.map((problem) => problem.key)).toEqual(["__proto__", "constructor", "http.toString"]);
});

test("an empty variable and null in the file count as not set", () => {
  const { config } = resolveConfig({
    env: { AI_BLOCK_HTTP_PORT: "", AI_BLOCK_PASSPHRASE: "" },
    file: { path: FILE, value: { http: { port: null }, passphrase: null } },
  });
  expect(config.http.port).toBe(8000);
  expect(config.passphrase).toBeUndefined();
});

test("a variable with our prefix that means nothing gives a warning with the nearest one", () => {
  const { warnings } = resolveConfig({
    env: {
      AI_BLOCK_HTTP_PROT: "1",
      AI_BLOCK_ZZZZZZ: "1",
      PATH: "x",
      AI_BLOCK_CONFIG: "c.json",
      AI_BLOCK_PASSPHRASE: "p",
      AI_BLOCK_TEST_KILL_AT: "block:written:3",
    },
  });
  expect(warnings).toEqual([
    'the variable AI_BLOCK_HTTP_PROT means nothing, did you mean "AI_BLOCK_HTTP_PORT"?',
    "the variable AI_BLOCK_ZZZZZZ means nothing",
  ]);
});

test("relative paths start from the working folder, in the file from the file's folder", () => {
  const workingFolder = resolve("/work-here");
  const given = (input: ConfigInput): string => resolveConfig({ ...input, workingFolder }).config.dataDir;
  expect(given({ flags: { dataDir: "d" } })).toBe("/work-here/d");
  expect(given({ env: { AI_BLOCK_DATA_DIR: "../d" } })).toBe("/d");
  expect(given({ file: { path: FILE, value: { dataDir: "d" } } })).toBe("/etc/ai-block/d");
});

test("a secret is read from the file that a flag, a variable or a key names, without the last line break", () =>
  withTemporaryFolder(async (folder) => {
    await mkdir(join(folder, "sub"));
    await writeFile(join(folder, "sub", "secret"), " two\nlines \n");
    const config = { path: join(folder, "sub", "config.json"), value: { passphraseFile: "secret" } };
    const inputs: ConfigInput[] = [
      { flags: { passphraseFile: join(folder, "sub", "secret") } },
      { env: { AI_BLOCK_PASSPHRASE_FILE: "sub/secret" }, workingFolder: folder },
      { file: config },
    ];
    for (const input of inputs) expect(resolveConfig(input).config.passphrase).toBe(" two\nlines ");
    const both = problemsOf({
      env: { AI_BLOCK_PASSPHRASE: "a", AI_BLOCK_PASSPHRASE_FILE: join(folder, "sub", "secret") },
    });
    expect(both.problems[0]).toMatchObject({ key: "passphrase", source: { name: "AI_BLOCK_PASSPHRASE_FILE" } });
    const missing = problemsOf({ env: { AI_BLOCK_PASSPHRASE_FILE: join(folder, "none") } });
    expect(missing.problems[0]!.message).toMatch(/^the file cannot be read: ENOENT/);
  }));

test("row 52: a secret shows neither in what config print prints nor in an error", () => {
  const resolved = resolveConfig({ env: { AI_BLOCK_PASSPHRASE: "hunter2" } });
  const printed = printConfig(resolved);
  expect(printed.find((option) => option.key === "passphrase")).toMatchObject({
    value: MASK,
    source: { kind: "environment", name: "AI_BLOCK_PASSPHRASE" },
  });
  expect(JSON.stringify(printed)).not.toContain("hunter2");
  const error = problemsOf({ file: { path: FILE, value: { passphrase: ["hunter2"], http: { port: -1 } } } });
  expect(JSON.stringify(error) + error.message).not.toContain("hunter2");
});

test("config print lists every option, with null for what is not set", () => {
  const printed = printConfig(resolveConfig({}));
  expect(printed.map((option) => option.key)).toEqual(listOptions().map((entry) => entry.key));
  expect(printed.find((option) => option.key === "passphrase")!.value).toBeNull();
  expect(printed.find((option) => option.key === "http.port")).toMatchObject({
    value: 8000,
    flag: "--http-port",
    variable: "AI_BLOCK_HTTP_PORT",
    source: { kind: "default" },
  });
});

test("a secret has no flag that takes its value", () => {
  for (const { option, flag, attribute } of listOptions()) {
    expect(flag.endsWith("-file") && attribute.endsWith("File")).toBe(
      option.secret || flag === "--key-file" || flag === "--log-file",
    );
  }
});

function problemsOf(input: ConfigInput): { message: string; problems: ConfigProblem[] } {
  try {
    resolveConfig(input);
  } catch (error) {
    expect(error).toMatchObject({ code: "bad_config" });
    return {
      message: (error as AiBlockError).message,
      problems: (error as AiBlockError).data.problems as ConfigProblem[],
    };
  }
  throw new Error("expected bad_config, got a configuration");
}
