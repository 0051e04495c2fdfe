/** Takes a port. What the system says when it cannot be had becomes a sentence that names the setting, address and port. */
import type { Server } from "node:net";
import { AiBlockError, errorCode } from "../../core/errors.ts";

/** The settings that an address comes from: what errors name first. */
export interface ListenNames {
  readonly host: string;
  readonly port: string;
}

/**
 * @param port 0 takes any free one
 * Throws `port_busy`, `port_forbidden`, `address_unavailable` (data: host, port), and Node's own errors of other kinds.
 */
export async function listen(server: Server, host: string, port: number, names: ListenNames): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, host, () => {
        server.off("error", reject);
        resolve();
      });
    });
  } catch (error) {
    throw refusal(error, host, port, names);
  }
}

function refusal(error: unknown, host: string, port: number, names: ListenNames): unknown {
  const fail = (code: string, message: string) => new AiBlockError(code, message, { host, port }, { cause: error });
  switch (errorCode(error)) {
    case "EADDRINUSE":
      return fail("port_busy", `${names.port}: expected a free port of ${host}, but another program has port ${port}`);
    case "EACCES":
      return fail(
        "port_forbidden",
        `${names.port}: expected a port of ${host} that this user may take, the system refuses port ${port}`,
      );
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return fail("address_unavailable", `${names.host}: expected an address of this machine, got ${host}`);
    default:
      return error;
  }
}
