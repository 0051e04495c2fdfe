/**
 * What the kernel holds of each connection because the other side has not acknowledged it: Linux lists it in
 * /proc/net/tcp and /proc/net/tcp6. Other systems do not tell, and then nothing is known.
 *
 *   sl  local_address rem_address   st tx_queue:rx_queue …
 *   0: 0100007F:1F40 0100007F:D2F0 01 00012A00:00000000 …
 *
 * Addresses are 32-bit words in the byte order of the machine, ports and queues big-endian, all in hex.
 */
import { readFile } from "node:fs/promises";
import { isIPv6, type Socket, SocketAddress } from "node:net";
import { endianness } from "node:os";

const LINE = /^ *\d+: [0-9A-F]+:([0-9A-F]{4}) ([0-9A-F]+):([0-9A-F]{4}) 01 ([0-9A-F]{8}):/gm;

/** Bytes by `connectionKey`, of the connections of one local port; `undefined` where the system does not tell. */
export async function readSendQueues(localPort: number): Promise<ReadonlyMap<string, number> | undefined> {
  const tables = await Promise.all(
    ["/proc/net/tcp", "/proc/net/tcp6"].map((path) => readFile(path, "latin1").catch(() => undefined)),
  );
  if (tables.every((table) => table === undefined)) return undefined;
  const queues = new Map<string, number>();
  for (const table of tables) {
    for (const [, local = "", address = "", port = "", queue = ""] of table?.matchAll(LINE) ?? []) {
      if (Number.parseInt(local, 16) !== localPort) continue;
      queues.set(keyOf(addressOf(address), Number.parseInt(port, 16)), Number.parseInt(queue, 16));
    }
  }
  return queues;
}

/** The other side of `socket`. */
export function connectionKey({ remoteAddress = "", remotePort = 0 }: Socket): string {
  return keyOf(remoteAddress, remotePort);
}

function keyOf(address: string, port: number): string {
  return `${address} ${port}`;
}

/** As Node writes it. */
function addressOf(hex: string): string {
  const words = Buffer.from(hex, "hex");
  if (endianness() === "LE") words.swap32();
  if (words.length === 4) return [...words].join(".");
  const groups = Array.from({ length: 8 }, (_, i) => words.readUInt16BE(2 * i).toString(16));
  return canonical(groups.join(":"));
}

function canonical(address: string): string {
  return isIPv6(address) ? new SocketAddress({ address, family: "ipv6" }).address : address;
}
