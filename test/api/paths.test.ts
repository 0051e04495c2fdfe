import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { VENDOR_FILES } from "../../src/api/static/vendorFiles.ts";
import { openSocket, requestText, sendRaw } from "./support/raw.ts";
import { withServer } from "./support/withServer.ts";

const SECRET = "the secret outside";

async function withPages<T>(use: (folder: string) => Promise<T>): Promise<T> {
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

test("pages are served with their type, a tag and no other file", () =>
  withPages((frontendFolder) =>
    withServer({ frontendFolder }, async ({ get }) => {
      const page = await get("/");
      expect([page.status, page.headers.get("content-type"), await page.text()]).toEqual([
        200,
        "text/html; charset=utf-8",
        "the page",
      ]);
      const script = await get("/lib/a.js");
      expect([script.headers.get("content-type"), await script.text()]).toEqual([
        "text/javascript; charset=utf-8",
        "the script",
      ]);
      const again = await get("/lib/a.js", { headers: { "if-none-match": script.headers.get("etag")! } });
      expect(again.status).toBe(304);
      expect((await get("/", { method: "HEAD" })).status).toBe(200);
      for (const path of ["/link.js", "/up/secret.js", "/.hidden.js", "/notes.md", "/lib", "/lib/", "/dashboard"]) {
        expect([path, (await get(path)).status]).toEqual([path, 404]);
      }
      for (const name of VENDOR_FILES.keys())
        expect([name, (await get(`/vendor/${name}`)).status]).toEqual([name, 200]);
    }),
  ));

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
const attack = fc.oneof(
  fc.array(step, { minLength: 1, maxLength: 7 }).map((steps) => `/${steps.join("/")}`),
  fc.array(step, { minLength: 1, maxLength: 7 }).map((steps) => `/vendor/${steps.join("/")}`),
  fc
    .tuple(fc.constantFrom("/chain/blocks/", "/payloads/", "/chain/heads/", "/v1/models/"), fc.oneof(digest, step))
    .map(([a, b]) => a + b),
);

test("400 twisted paths and digests read nothing outside the folder", () =>
  withPages((frontendFolder) =>
    withServer({ frontendFolder }, async ({ port }) => {
      const check = async (path: string): Promise<void> => {
        const { status, body } = await sendRaw(port, requestText("GET", path));
        expect(body).not.toContain(SECRET);
        expect(status === 200 || (status >= 400 && status < 500)).toBe(true);
        if (status === 200)
          expect(
            ["the page", "the script", '{"object":"list"'].some((text) => body.startsWith(text)) ||
              /^\/+vendor/.test(path),
          ).toBe(true);
      };
      for (const path of fc.sample(attack, { numRuns: 400, seed: 51 })) await check(path);
    }),
  ));

test("an address in the absolute form is no way around the check of the host", () =>
  withServer({}, async ({ port }) => {
    const socket = await openSocket(port);
    socket.destroy();
    const { status } = await sendRaw(port, requestText("GET", "http://evil.example/live", { Host: "evil.example" }));
    expect(status).toBe(403);
  }));
