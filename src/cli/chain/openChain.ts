/** The chain in the data folder, open for one command. */
import { join } from "node:path";
import { Chain } from "../../chain/chain.ts";
import { requireChain } from "../../chain/store/chainFolder.ts";
import { AiBlockError, errorCode } from "../../core/errors.ts";
import { findRunningNode } from "../../node/control/controlClient.ts";
import type { CommandContext } from "../framework/context.ts";

/** Where the chain lies, below the data folder. */
export function chainFolder({ config }: Pick<CommandContext, "config">): string {
  return join(config.dataDir, "chain");
}

/** Does `work` with the chain, made if there is none, and closes it. Throws as `Chain.open` does. */
export async function withChain<T>(context: CommandContext, work: (chain: Chain) => Promise<T>): Promise<T> {
  const chain = await whileNoNodeRuns(context, () => Chain.open(chainFolder(context)));
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

/** Throws `node_running`, with where the chain can be seen meanwhile, in place of `store_locked` when a node is why. */
export async function whileNoNodeRuns<T>(
  { config }: Pick<CommandContext, "config">,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const node = errorCode(error) === "store_locked" ? await findRunningNode(config.dataDir) : undefined;
    if (node === undefined) throw error;
    const { pid, url } = node;
    throw new AiBlockError(
      "node_running",
      `a node (process ${pid}) runs on ${config.dataDir} and has the chain open: meanwhile its explorer, ` +
        `${url}/explorer, and ${url}/chain/B/blocks show the same`,
      { pid, url },
      { cause: error },
    );
  }
}
