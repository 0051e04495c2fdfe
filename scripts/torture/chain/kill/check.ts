/**
 * What must hold in the store of a killed process: everything acknowledged is there and has its hash; what was only
 * intended is there whole or not at all; there is nothing else, and no temporary file.
 */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Chain } from "../../../../src/chain/chain.ts";
import { hashFromHex } from "../../../../src/core/bytes.ts";
import { errorMessage } from "../../../../src/core/errors.ts";
import type { Ledger } from "./ledger.ts";

/**
 * Sentences about what is wrong; none when all is well. Payloads in `read` have been read whole before, and get into it;
 * signatures are left to the audit at the end.
 */
export async function checkAgainstLedger(chain: Chain, ledger: Ledger, read: Set<string>): Promise<string[]> {
  return [
    ...(await checkBlocks(chain, ledger)),
    ...(await checkPayloads(chain, ledger, read)),
    ...(await temporaryFiles(chain.folder)).map((name) => `temporary file left: ${name}`),
  ];
}

async function checkBlocks(chain: Chain, ledger: Ledger): Promise<string[]> {
  const problems: string[] = [];
  const present = new Set<string>();
  for await (const block of chain.dag.blocks()) {
    present.add(block.idHex);
    if (!ledger.intendedBlocks.has(block.idHex)) problems.push(`block ${block.idHex}: nobody intended it`);
  }
  for (const idHex of ledger.acknowledgedBlocks) {
    if (!present.has(idHex)) problems.push(`block ${idHex}: acknowledged and lost`);
  }
  return problems;
}

async function checkPayloads({ payloads }: Chain, ledger: Ledger, read: Set<string>): Promise<string[]> {
  const problems: string[] = [];
  const present = new Set<string>();
  for await (const rootHex of payloads.roots()) {
    present.add(rootHex);
    if (!ledger.intendedPayloads.has(rootHex)) problems.push(`payload ${rootHex}: nobody intended it`);
    if (read.has(rootHex)) continue;
    try {
      const reader = await payloads.open(hashFromHex(rootHex));
      try {
        for await (const _piece of reader.pieces());
      } finally {
        await reader.close();
      }
      read.add(rootHex);
    } catch (error) {
      problems.push(`payload ${rootHex}: ${errorMessage(error)}`);
    }
  }
  for (const rootHex of ledger.acknowledgedPayloads) {
    if (!present.has(rootHex)) problems.push(`payload ${rootHex}: acknowledged and lost`);
  }
  return problems;
}

async function temporaryFiles(folder: string): Promise<string[]> {
  const names = [...(await readdir(folder)), ...(await readdir(join(folder, "payloads")))];
  return names.filter((name) => name.startsWith(".tmp-"));
}
