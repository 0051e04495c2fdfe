/** A chain in a fresh folder, closed and removed afterwards. */
import { Chain, type ChainOptions } from "../../src/chain/chain.ts";
import { withTemporaryFolder } from "./temporary.ts";

export function withChain<T>(
  use: (chain: Chain, folder: string) => Promise<T>,
  options: ChainOptions = {},
): Promise<T> {
  return withTemporaryFolder(async (folder) => {
    const chain = await Chain.open(folder, { minFreeBytes: 0, ...options });
    try {
      return await use(chain, folder);
    } finally {
      await chain.close();
    }
  });
}
