/** Data that an older version of the program kept one folder higher: nothing reads them there any more. */
import { dirname, join } from "node:path";
import { fileExists } from "./publish/folderFingerprint.ts";

/** The older chain's folder beside `dataDir`, where there is one. */
export async function findOldChain(dataDir: string): Promise<string | undefined> {
  const chain = join(dirname(dataDir), "chain");
  return (await fileExists(join(chain, "index", "CURRENT"))) ? chain : undefined;
}
