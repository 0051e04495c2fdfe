/** 10,000 twisted paths and digests: nothing outside the folder of the pages is ever read. */
import fc from "fast-check";
import { isNoLeak, TWISTED_PATH, withPages } from "../../../test/api/support/pages.ts";
import { requestText, sendRaw } from "../../../test/api/support/raw.ts";
import { exactly, type Finding, noted, type Part } from "./part.ts";
import { withRemoteServer } from "./server/remote.ts";

const COUNT = 10_000;
const TOGETHER = 20;

function run(seed: number): Promise<Finding[]> {
  return withPages((frontendFolder) =>
    withRemoteServer({ http: { frontendFolder } }, async ({ port }) => {
      const paths = fc.sample(TWISTED_PATH, { numRuns: COUNT, seed });
      let asked = 0;
      let leaks = 0;
      let found = 0;
      const check = async (path: string): Promise<void> => {
        const { status, body } = await sendRaw(port, requestText("GET", path));
        asked++;
        if (status === 200) found++;
        if (isNoLeak(path, status, body)) return;
        leaks++;
        console.log(`GET ${path}: ${status} ${body.slice(0, 100)}`);
      };
      while (paths.length > 0) await Promise.all(paths.splice(0, TOGETHER).map(check));
      return [
        exactly("paths asked for", asked, COUNT),
        exactly("reads outside the folder, or errors of the server", leaks, 0),
        noted("of them the page, the script or a vendor file in another spelling", found, ""),
      ];
    }),
  );
}

export const traversal: Part = { name: "traversal", attack: "10,000 twisted paths and digests", run };
