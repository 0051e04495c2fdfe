/** Questions on a real terminal, which `script` provides. */
import { spawn, spawnSync } from "node:child_process";
import { stat, writeFile } from "node:fs/promises";
import { needsPassphrase, readKeyFile } from "../../src/core/keyFile.ts";
import { LAUNCHER, Workplace } from "./runCli.ts";
import { makeSampleChain } from "./sampleChain.ts";

const hasScript = spawnSync("script", ["--version"]).status === 0;
if (!hasScript) console.log("prompt: no `script` on this machine, its tests are skipped");
const onTerminal = hasScript ? test : test.skip;

let workplace: Workplace;
beforeEach(async () => {
  workplace = await Workplace.create();
});
afterEach(() => workplace.remove());

onTerminal("keygen asks for a passphrase twice and shows neither; init then asks for it once", async () => {
  const made = await converse(
    ["keygen", "--ask-passphrase"],
    [
      ["Passphrase: ", "open sesame\r"],
      ["The same again: ", "open sesame\r"],
    ],
  );
  expect(made.code).toBe(0);
  expect(made.screen).not.toContain("sesame");
  expect(await needsPassphrase(workplace.keyFile)).toBe(true);
  expect((await readKeyFile(workplace.keyFile, "author", "open sesame")).publicKey.length).toBe(32);

  await writeFile(workplace.path("config.json"), "{}");
  const slots = { head: [{ name: "w", dtype: "F32", shape: [1] }] };
  await writeFile(workplace.path("m.json"), JSON.stringify({ name: "m", files: ["config.json"], slots }));
  const published = await converse(["init", "m.json"], [[`Passphrase of ${workplace.keyFile}: `, "open sesame\r"]]);
  expect(published.code).toBe(0);
  expect(published.screen).toContain("The model is on the chain now.");
});

onTerminal("two passphrases that differ make no key", async () => {
  const { code, screen } = await converse(
    ["keygen", "--ask-passphrase"],
    [
      ["Passphrase: ", "one\r"],
      ["The same again: ", "two\r"],
    ],
  );
  expect(code).toBe(5);
  expect(screen).toContain("passphrase: expected the same twice, got two that differ");
  await expect(stat(workplace.keyFile)).rejects.toMatchObject({ code: "ENOENT" });
});

onTerminal("Ctrl-C at a question stops: exit 130", async () => {
  const { code, screen } = await converse(["keygen", "--ask-passphrase"], [["Passphrase: ", "half\u0003"]]);
  expect(code).toBe(130);
  expect(screen).toContain("stopped before the end");
});

onTerminal("repair goes on after a yes only", async () => {
  await makeSampleChain(workplace);
  const refused = await converse(["chain", "repair"], [["? [y/N] ", "n\r"]]);
  expect(refused.code).toBe(1);
  expect(refused.screen).toContain("expected yes, got another answer; nothing was changed");
  const repaired = await converse(["chain", "repair"], [["? [y/N] ", "y\r"]]);
  expect(repaired.code).toBe(0);
  expect(repaired.screen).toContain("The chain has 8 blocks now.");
});

/** Runs the command on a terminal, and types each answer when its question stands there. */
function converse(
  args: readonly string[],
  answers: readonly (readonly [question: string, answer: string])[],
): Promise<{ code: number | null; screen: string }> {
  const command = [process.execPath, LAUNCHER, ...args].map((word) => `'${word}'`).join(" ");
  const child = spawn("script", ["-qec", command, "/dev/null"], {
    cwd: workplace.path(),
    env: workplace.environment(),
    stdio: ["pipe", "pipe", "inherit"],
  });
  const waiting = [...answers];
  let screen = "";
  let seen = 0;
  child.stdout.setEncoding("utf8").on("data", (piece: string) => {
    screen += piece;
    const [next] = waiting;
    const at = next === undefined ? -1 : screen.indexOf(next[0], seen);
    if (next === undefined || at < 0) return;
    waiting.shift();
    seen = at + next[0].length;
    child.stdin.write(next[1]);
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, screen }));
  });
}
