import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { builtinModules } from "node:module";
import { dirname, join, posix } from "node:path";
import { listFiles, ROOT } from "./sourceFiles.ts";

/** Which other folders of src/ a folder may import. A new folder needs a row. `undefined`: all of them. */
const ARROWS: Readonly<Record<string, readonly string[] | undefined>> = {
  core: [],
  chain: ["core"],
  moe: ["core"],
  p2p: ["core"],
  // Besides core it sees interfaces of its own; src/node hands it what implements them.
  api: ["core"],
  node: undefined,
  cli: undefined,
};

const MAX_LINES = 250;
const MAX_SCANNED_BYTES = 2 * 1024 * 1024;

const code = ["src", "miner", "scripts", "test", "bin", "frontend"]
  .filter((folder) => existsSync(join(ROOT, folder)))
  .flatMap((folder) => listFiles(folder))
  .filter((path) => /\.(ts|js|mjs)$/.test(path) && !path.startsWith("test/fixtures/"));

const imports = code.flatMap((path) => importsOf(path).map((specifier) => ({ path, specifier })));
const relativeImports = imports.filter(({ specifier }) => specifier.startsWith("."));

test("imports are found at all", () => {
  expect(code.length).toBeGreaterThan(20);
  expect(importsOf("src/core/ed25519.ts")).toEqual(
    expect.arrayContaining(["node:crypto", "./boundedMap.ts", "./bytes.ts", "./curvePoint.ts", "./errors.ts"]),
  );
});

test("every folder of src/ has a row in the table of arrows", () => {
  const folders = readdirSync(join(ROOT, "src"), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect(folders.map((entry) => entry.name).filter((name) => !(name in ARROWS))).toEqual([]);
});

test("the folders of src/ import only along the arrows", () => {
  const wrong = relativeImports.filter(({ path, specifier }) => {
    const [top, from] = path.split("/");
    const allowed = top === "src" && from !== undefined ? ARROWS[from] : undefined;
    if (allowed === undefined) return false;
    const [targetTop, target] = targetOf(path, specifier).split("/");
    return targetTop !== "src" || (target !== from && !allowed.includes(target!));
  });
  expect(wrong).toEqual([]);
});

test("frontend/ imports nothing outside itself", () => {
  const wrong = relativeImports.filter(
    ({ path, specifier }) => path.startsWith("frontend/") && !targetOf(path, specifier).startsWith("frontend/"),
  );
  expect(wrong).toEqual([]);
});

test("a relative import names its file with the ending, and the file is there", () => {
  const wrong = relativeImports.filter(({ path, specifier }) => {
    const target = targetOf(path, specifier);
    return !/\.(ts|js|mjs|json)$/.test(specifier) || !existsSync(join(ROOT, target)) || target.startsWith("..");
  });
  expect(wrong).toEqual([]);
});

test("what ships imports only Node's own modules (as node:…) and packages of dependencies", () => {
  const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as Record<string, object>;
  const packages = new Set(Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies }));
  const wrong = imports.filter(({ path, specifier }) => {
    if (!/^(src|miner|bin)\//.test(path) || /^(\.|node:)/.test(specifier)) return false;
    const name = specifier
      .split("/")
      .slice(0, specifier.startsWith("@") ? 2 : 1)
      .join("/");
    return builtinModules.includes(name) || !packages.has(name);
  });
  expect(wrong).toEqual([]);
});

test(`no file of src/ and miner/ has more than ${MAX_LINES} lines`, () => {
  const long = code
    .filter((path) => /^(src|miner)\//.test(path))
    .map((path) => ({ path, lines: read(path).trimEnd().split("\n").length }))
    .filter(({ lines }) => lines > MAX_LINES);
  expect(long).toEqual([]);
});

test("no file names a path of one machine, or a folder beside the project", () => {
  // In pieces, so that this file does not find itself.
  const machinePath = new RegExp(["(?<![\\w./-])/(?:", "work|root", "|home/\\w+|Users/\\w+)/[\\w.-]"].join(""));
  const sibling = new RegExp(["(?<![\\w./-])\\.\\./", "shared\\b"].join(""));
  expect(machinePath.test(`see ${["", "work", "main"].join("/")}/x`)).toBe(true);
  expect(sibling.test(`"${["..", "shared", "x"].join("/")}"`)).toBe(true);
  const wrong = listFiles()
    .filter((path) => path !== "package-lock.json" && statSync(join(ROOT, path)).size <= MAX_SCANNED_BYTES)
    .filter((path) => {
      const text = read(path);
      return !text.includes("\0") && text.split("\n").some((line) => machinePath.test(line) || sibling.test(line));
    });
  expect(wrong).toEqual([]);
});

function read(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

/** The modules that a file imports, statically, dynamically or by re-export. */
function importsOf(path: string): string[] {
  const pattern =
    /^(?:import|export)\b[^"'`;=()]*?\bfrom\s+["']([^"'\n]+)["']|^import\s+["']([^"'\n]+)["']|\bimport\(\s*["']([^"'\n]+)["']\s*\)/gm;
  return [...read(path).matchAll(pattern)].flatMap((match) => match[1] ?? match[2] ?? match[3] ?? []);
}

/** The imported file, below the root. */
function targetOf(path: string, specifier: string): string {
  return posix.normalize(posix.join(dirname(path), specifier));
}
