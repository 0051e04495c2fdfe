/** The chain in the data folder, open for one command. */
import { join } from "node:path";
import { Chain } from "../../chain/chain.ts";
import { requireChain } from "../../chain/store/chainFolder.ts";
import type { CommandContext } from "../framework/context.ts";

/** Where the chain lies, below the data folder. */
export function chainFolder({ config }: Pick<CommandContext, "config">): string {
  return join(config.dataDir, "chain");
}

/** Does `work` with the chain, made if there is none, and closes it. Throws as `Chain.open` does. */
export async function withChain<T>(context: CommandContext, work: (chain: Chain) => Promise<T>): Promise<T> {
  const chain = await Chain.open(chainFolder(context));
  try {
    return await work(chain);
  } finally {
    await chain.close();
  }
}

/** As `withChain`, but throws `store_missing` rather than make an empty chain: for commands that only look. */
export async function withExistingChain<T>(context: CommandContext, work: (chain: Chain) => Promise<T>): Promise<T> {
  await requireChain(chainFolder(context));
  return withChain(context, work);
}
