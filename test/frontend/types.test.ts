/** The pages are plain JavaScript, as browsers take it; their types stand in comments. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { ROOT } from "../sourceFiles.ts";

test("the types in the comments of frontend/ hold, with the types of a browser", async () => {
  const tsc = join(ROOT, "node_modules", "typescript", "bin", "tsc");
  const project = join(import.meta.dirname, "pages.tsconfig.json");
  const { stdout } = await promisify(execFile)(process.execPath, [tsc, "-p", project, "--noEmit"]).catch(
    (error: { stdout: string }) => error,
  );
  expect(stdout).toBe("");
});
