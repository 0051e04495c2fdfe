// Checks a block in the browser, trusting nothing that the node says of it: the id is the SHA-256 of the header bytes,
// the author in those bytes signed the id, and every field on the page is what the signed bytes say.
// @ts-check
import { sha256 } from "/vendor/noble-hashes/sha2.js";
import { decode } from "./msgpack.js";
import { signedBytes, verifySignature } from "./signature.js";

/** The one domain of blocks: not taken from the node, which could name another. */
const BLOCK_DOMAIN = "ai-block/block/1";

/** @typedef {{ name: string, holds: boolean, text: string }} Finding */

/** @param {any} block as `/chain/blocks/:id` gives it @returns {Finding[]} */
export function verifyBlock(block) {
  try {
    return findings(block);
  } catch (error) {
    return [{ name: "form", holds: false, text: `The header cannot be read: ${/** @type {Error} */ (error).message}` }];
  }
}

/** @param {any} block @returns {Finding[]} */
function findings(block) {
  const header = fromBase64(block.header_base64);
  const id = sha256(header);
  const fields = headerFields(header);
  const isSigned = verifySignature(fromBase64(block.signature), signedBytes(BLOCK_DOMAIN, id), fields.author);
  const different = differences(fields, block);
  return [
    { name: "id", holds: toHex(id) === block.id, text: "The id is the SHA-256 of the header's bytes" },
    {
      name: "signature",
      holds: isSigned,
      text: `The Ed25519 signature of the author over “${BLOCK_DOMAIN}” and the id holds`,
    },
    {
      name: "fields",
      holds: different.length === 0,
      text:
        different.length === 0
          ? "Every field shown here is what the signed bytes say"
          : `The signed bytes say something else about: ${different.join(", ")}`,
    },
  ];
}

/** The eleven fields in their order (docs/block.md). @param {Uint8Array} bytes */
function headerFields(bytes) {
  const values = /** @type {any[]} */ (decode(bytes));
  if (!Array.isArray(values) || values.length !== 11) throw new Error("expected eleven fields");
  const [version, chain, type, model, slot, parents, height, payload, claims, author, timeMs] = values;
  if (!(author instanceof Uint8Array) || !Array.isArray(parents)) throw new Error("author or parents are no bytes");
  return { version, chain, type, model, slot, parents, height, payload, claims, author, timeMs };
}

/** Names of the fields in which the page and the signed bytes differ. @param {ReturnType<typeof headerFields>} fields @param {any} block */
function differences({ chain, type, model, slot, parents, height, payload, claims, author, timeMs }, block) {
  /** @type {[string, unknown, unknown][]} */
  const pairs = [
    ["chain", chain, block.chain],
    ["type", type, block.type],
    ["model", hexOrNull(model), block.model],
    ["slot", slot, block.slot],
    ["parents", parents.map(hexOrNull).join(), block.parents.join()],
    ["height", height, block.height],
    [
      "payload",
      payload?.map(hexOrNull).join(),
      block.payload === null ? undefined : [block.payload.root, block.payload.bytes, block.payload.format].join(),
    ],
    ["claims", claims?.map(hexOrNull).join(), claimsText(block.claims)],
    ["author", toHex(author), block.author],
    ["time", timeMs, block.time_ms],
  ];
  return pairs.filter(([, signed, shown]) => signed !== shown).map(([name]) => name);
}

/** As the header has them: loss, baseline loss, evaluation set, state. @param {any} claims */
function claimsText(claims) {
  return claims === null ? undefined : [claims.loss, claims.baseline_loss, claims.evaluation, claims.state_root].join();
}

/** @param {any} value */
function hexOrNull(value) {
  return value instanceof Uint8Array ? toHex(value) : value;
}

/** @param {Uint8Array} bytes */
export function toHex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @param {string} text */
function fromBase64(text) {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
