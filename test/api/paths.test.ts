import fc from "fast-check";
import { openSocket } from "../../scripts/torture/http/rawClient.ts";
import { VENDOR_FILES } from "../../src/api/static/vendorFiles.ts";
import { isNoLeak, TWISTED_PATH, withPages } from "./support/pages.ts";
import { requestText, sendRaw } from "./support/raw.ts";
import { withServer } from "./support/withServer.ts";

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

test("400 twisted paths and digests read nothing outside the folder", () =>
  withPages((frontendFolder) =>
    withServer({ frontendFolder }, async ({ port }) => {
      const check = async (path: string): Promise<void> => {
        const { status, body } = await sendRaw(port, requestText("GET", path));
        expect([path, status, isNoLeak(path, status, body)]).toEqual([path, status, true]);
      };
      for (const path of fc.sample(TWISTED_PATH, { numRuns: 400, seed: 51 })) await check(path);
    }),
  ));

test("an address in the absolute form is no way around the check of the host", () =>
  withServer({}, async ({ port }) => {
    const socket = await openSocket(port);
    socket.destroy();
    const { status } = await sendRaw(port, requestText("GET", "http://evil.example/live", { Host: "evil.example" }));
    expect(status).toBe(403);
  }));
