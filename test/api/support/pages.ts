/** A folder of pages with secrets around it, and paths that try to reach them. */
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";

const SECRET = "the secret outside";

/** Runs `use` with the folder, removed afterwards. */
export async function withPages<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "ai-block-pages-"));
  try {
    const pages = join(folder, "pages");
    await mkdir(join(pages, "lib"), { recursive: true });
    await writeFile(join(folder, "secret.txt"), SECRET);
    await writeFile(join(folder, "secret.js"), SECRET);
    await writeFile(join(pages, ".hidden.js"), SECRET);
    await writeFile(join(pages, "notes.md"), SECRET);
    await writeFile(join(pages, "index.html"), "the page");
    await writeFile(join(pages, "lib", "a.js"), "the script");
    await symlink(join(folder, "secret.js"), join(pages, "link.js"));
    await symlink(folder, join(pages, "up"));
    return await use(pages);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const step = fc.constantFrom(
  "..",
  ".",
  "%2e%2e",
  "%2e.",
  ".%2e",
  "..%2f",
  "..%5c",
  "..\\",
  "%252e%252e",
  "%c0%ae%c0%ae",
  "..%00",
  "....//",
  "lib",
  "vendor",
  "up",
  "secret.txt",
  "secret.js",
  "link.js",
  "/",
  "%2f",
  "\\",
  ";",
  "~",
  "C:",
);
const digest = fc.constantFrom(
  "a".repeat(63),
  "a".repeat(65),
  "A".repeat(64),
  `${"a".repeat(63)}g`,
  `${"a".repeat(64)}%00`,
  "0x",
  "..",
);
/** Paths and digests that no client of ours would send. */
export const TWISTED_PATH: fc.Arbitrary<string> = fc.oneof(
  fc.array(step, { minLength: 1, maxLength: 7 }).map((steps) => `/${steps.join("/")}`),
  fc.array(step, { minLength: 1, maxLength: 7 }).map((steps) => `/vendor/${steps.join("/")}`),
  fc
    .tuple(fc.constantFrom("/chain/blocks/", "/payloads/", "/chain/heads/", "/v1/models/"), fc.oneof(digest, step))
    .map(([a, b]) => a + b),
);

/** Whether an answer is a refusal, or what the address is there for. */
export function isNoLeak(path: string, status: number, body: string): boolean {
  if (body.includes(SECRET)) return false;
  if (status >= 400 && status < 500) return true;
  const known = ["the page", "the script", '{"object":"list"'].some((text) => body.startsWith(text));
  return status === 200 && (known || /^\/+vendor/.test(path));
}
