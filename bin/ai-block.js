#!/usr/bin/env node
/**
 * Starts `ai-block` under a Node that can run it. This file is plain JavaScript that Node 16 understands.
 *
 * - The running Node strips types (22.18 and later 22.x; 24.3 and later): it is used. Otherwise the Node that came with
 *   the install (an optional dependency) is started with the same arguments.
 * - Node refuses to strip types below `node_modules`. There typeScriptHook.js does it, given by `--import`, so that
 *   worker threads have it too.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, statSync } from "node:fs";
// Not by name: Node 16 to 20 have no enableCompileCache.
import module from "node:module";
import { homedir } from "node:os";
import { dirname, isAbsolute, join, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** `EXIT.noNode` of src/cli/framework/exitCodes.ts. */
const EXIT_NO_NODE = 9;

const root = fileURLToPath(new URL("../", import.meta.url));
const main = join(root, "src", "cli", "main.ts");
const installed = root.split(sep).includes("node_modules");

// Whoever says no to colours has a reason. Node would prefer FORCE_COLOR, and warn.
if (process.env.NO_COLOR) delete process.env.FORCE_COLOR;

if (!canRun(process.versions.node)) {
  const bundled = findBundledNode();
  if (bundled === undefined) refuse();
  else start(bundled, []);
} else if (installed) {
  start(process.execPath, process.execArgv);
} else {
  const cache = compileCache();
  if (cache !== undefined) module.enableCompileCache(cache);
  await import(pathToFileURL(main).href);
}

/** Whether that Node strips types without a flag and without a warning. @param {string} version @returns {boolean} */
function canRun(version) {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major >= 25 || (major === 24 && minor >= 3) || (major === 22 && minor >= 18);
}

/** The program of the package `node-<os>-<arch>`, if it is installed. @returns {string | undefined} */
function findBundledNode() {
  const windows = process.platform === "win32";
  const name = `node-${windows ? "win" : process.platform}-${process.arch}`;
  try {
    const manifest = module.createRequire(import.meta.url).resolve(`${name}/package.json`);
    const program = join(dirname(manifest), "bin", windows ? "node.exe" : "node");
    return existsSync(program) ? program : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Where Node keeps compiled code, which halves the time a command takes to start. In a folder of the user's own: Node's
 * default lies in the system's temporary folder, where others may write. Nowhere, if the folder cannot be made.
 * @returns {string | undefined}
 */
function compileCache() {
  const { NODE_COMPILE_CACHE, XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  if (NODE_COMPILE_CACHE) return NODE_COMPILE_CACHE;
  const local = process.platform === "win32" ? LOCALAPPDATA : XDG_CACHE_HOME;
  try {
    const base = local !== undefined && isAbsolute(local) ? local : join(homedir(), ".cache");
    if (!isAbsolute(base)) return undefined; // An empty HOME: the current folder may be anybody's.
    return makeFolder(join(base, "ai-block", "compiled"));
  } catch {
    return undefined; // A user without a home, or one where nothing can be made.
  }
}

/**
 * One folder after the other: Node's own way, which its cache uses as well, never ends where the system has no folders to
 * make, as in /proc. @param {string} folder @returns {string}
 */
function makeFolder(folder) {
  if (statSync(folder, { throwIfNoEntry: false }) !== undefined) return folder;
  makeFolder(dirname(folder));
  try {
    mkdirSync(folder);
  } catch (error) {
    // Another command was faster, or it cannot be made.
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

function refuse() {
  process.stderr.write(
    `error: ai-block needs Node 24.3 or later (or 22.18 or later of 22.x), this is ${process.versions.node} ` +
      "and no other came with the install; install one from https://nodejs.org and run the command again\n",
  );
  process.exitCode = EXIT_NO_NODE;
}

/**
 * Runs the command in a process of its own, which takes our place as far as anyone can tell.
 * @param {string} program @param {readonly string[]} flags
 */
function start(program, flags) {
  const hook = new URL("typeScriptHook.js", import.meta.url).href;
  const types = installed ? ["--disable-warning=ExperimentalWarning", "--import", hook] : [];
  const cache = compileCache();
  const child = spawn(program, [...flags, ...types, main, ...process.argv.slice(2)], {
    stdio: "inherit",
    env: cache === undefined ? process.env : { ...process.env, NODE_COMPILE_CACHE: cache },
  });
  for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
    process.on(signal, () => child.kill(signal));
  }
  child.on("error", (error) => {
    process.stderr.write(`error: ${program} cannot be started: ${error.message}\n`);
    process.exitCode = EXIT_NO_NODE;
  });
  child.on("exit", (code, signal) => {
    if (signal === null) {
      process.exitCode = code === null ? 1 : code;
    } else {
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    }
  });
}
