/** Manifests from the payload store, and the rules that follow from them. */
import { bytesEqual, toHex } from "../../core/bytes.ts";
import { errorCode, errorMessage } from "../../core/errors.ts";
import type { Block } from "../block/block.ts";
import type { PayloadReference } from "../block/header.ts";
import { MAX_MANIFEST_BYTES } from "../limits.ts";
import type { PayloadStore } from "../payload/payloadStore.ts";
import { ignore, reject, type Verdict } from "../verdict.ts";
import { decodeManifest, type Manifest } from "./manifest.ts";
import { type ModelRules, modelRulesOf } from "./modelRules.ts";

/** The manifest of a meta block. Throws `payload_missing`, `payload_corrupt`, `bad_encoding` or `bad_manifest`. */
export async function loadManifest(payloads: PayloadStore, meta: Block): Promise<Manifest> {
  const { root } = meta.header.payload as PayloadReference;
  return decodeManifest(await payloads.readAll(root, MAX_MANIFEST_BYTES));
}

/** The rules of `meta`, or the verdict on a meta block whose manifest is absent or breaks a rule. */
export async function loadModelRules(payloads: PayloadStore, meta: Block): Promise<ModelRules | Verdict> {
  const { root, bytes } = meta.header.payload as PayloadReference;
  try {
    const manifest = await loadManifest(payloads, meta);
    if (!bytesEqual(manifest.publisher, meta.header.author)) {
      return reject("not_the_publisher", "author: the meta block must be signed by the manifest's publisher");
    }
    const reader = await payloads.open(root);
    await reader.close();
    return reader.bytes === bytes
      ? modelRulesOf(meta, manifest)
      : reject("bad_payload", `payload.bytes: the manifest has ${reader.bytes} bytes, the header says ${bytes}`);
  } catch (error) {
    const code = errorCode(error);
    if (code === "bad_manifest" || code === "bad_encoding") return reject("bad_manifest", errorMessage(error));
    return ignore("manifest_missing", `manifest ${toHex(root)}: ${errorMessage(error)}`);
  }
}
