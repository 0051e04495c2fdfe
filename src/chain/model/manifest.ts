/**
 * The manifest of a model: the payload of its meta block. It says what the model is made of and who may judge versions.
 *
 * Wire format: a canonical msgpack array
 *   [version, name, publisher, files, slots, evaluation, validators, quorum, smallestImprovement]
 *   publisher: the public key that signs the meta block and the first versions
 *   files: [[fileName, bytes]…] ascending by name, with "config.json" among them
 *   slots: [[slot, [[tensor, dtype, shape, bytes]…]]…] ascending by slot name, tensors in the order of the payload
 *   evaluation: nil | [root, bytes]; validators: public keys, ascending
 */
import { HASH_BYTES } from "../../core/bytes.ts";
import { decodeCanonical, encodeCanonical } from "../../core/codec.ts";
import { asArray, asBytes, asFloat, asText, asUint } from "../../core/wire.ts";
import {
  MAX_DIMENSIONS,
  MAX_FILE_NAME_CHARS,
  MAX_MANIFEST_BYTES,
  MAX_MANIFEST_FILES,
  MAX_MODEL_NAME_CHARS,
  MAX_PAYLOAD_BYTES,
  MAX_SLOT_CHARS,
  MAX_SLOTS,
  MAX_TENSOR_NAME_CHARS,
  MAX_TENSORS,
  MAX_VALIDATORS,
} from "../limits.ts";
import { checkManifest } from "./manifestRules.ts";

export const MANIFEST_VERSION = 1;
export const MANIFEST_FORMAT = "manifest";

export interface ManifestTensor {
  readonly name: string;
  /** "F32", "BF16" and so on, as safetensors writes it; the chain does not interpret it. */
  readonly dtype: string;
  /** Outermost dimension first. */
  readonly shape: readonly number[];
  readonly byteLength: number;
}

export interface ManifestSlot {
  readonly name: string;
  readonly tensors: readonly ManifestTensor[];
}

export interface Manifest {
  readonly version: number;
  readonly name: string;
  /** Public key (32 bytes) of the author of the meta block and of all first versions. */
  readonly publisher: Uint8Array;
  /** config.json, tokenizer files, chat template: file name to content. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly slots: ReadonlyMap<string, ManifestSlot>;
  /** The payload on which every loss of this model is measured; without one the first versions stay for ever. */
  readonly evaluation: { readonly root: Uint8Array; readonly bytes: number } | null;
  /** Public keys, 32 bytes each. */
  readonly validators: readonly Uint8Array[];
  /** Validators that must agree before a version becomes a head. */
  readonly quorum: number;
  /** Nats by which a version must beat the one that it improves. */
  readonly smallestImprovement: number;
}

/** Throws `bad_manifest` when the manifest breaks a rule. */
export function encodeManifest(manifest: Manifest): Uint8Array {
  checkManifest(manifest);
  const { evaluation } = manifest;
  return encodeCanonical([
    manifest.version,
    manifest.name,
    manifest.publisher,
    [...manifest.files].map(([name, bytes]) => [name, bytes]),
    [...manifest.slots.values()].map((slot) => [
      slot.name,
      slot.tensors.map((tensor) => [tensor.name, tensor.dtype, tensor.shape, tensor.byteLength]),
    ]),
    evaluation === null ? null : [evaluation.root, evaluation.bytes],
    manifest.validators,
    manifest.quorum,
    manifest.smallestImprovement,
  ]);
}

/** Throws `bad_encoding` naming the field, or `bad_manifest` when the manifest breaks a rule. */
export function decodeManifest(bytes: Uint8Array): Manifest {
  const limits = { maxBytes: MAX_MANIFEST_BYTES, maxDepth: 6, maxItems: MAX_TENSORS * 8 };
  const [version, name, publisher, files, slots, evaluation, validators, quorum, smallestImprovement] = asArray(
    decodeCanonical(bytes, limits),
    "manifest",
    { length: 9 },
  );
  const slotList = asArray(slots, "slots", { maxLength: MAX_SLOTS }).map(slotFromWire);
  const fileList = asArray(files, "files", { maxLength: MAX_MANIFEST_FILES }).map(fileFromWire);
  const manifest: Manifest = {
    version: asUint(version, "version", { max: 255 }),
    name: asText(name, "name", { maxChars: MAX_MODEL_NAME_CHARS }),
    publisher: asBytes(publisher, "publisher", HASH_BYTES),
    files: new Map(fileList),
    slots: new Map(slotList.map((slot) => [slot.name, slot])),
    evaluation: evaluation === null ? null : evaluationFromWire(evaluation),
    validators: asArray(validators, "validators", { maxLength: MAX_VALIDATORS }).map((key, i) =>
      asBytes(key, `validators[${i}]`, HASH_BYTES),
    ),
    quorum: asUint(quorum, "quorum", { max: MAX_VALIDATORS }),
    smallestImprovement: asFloat(smallestImprovement, "smallestImprovement", { min: 0 }),
  };
  checkManifest(manifest, { fileCount: fileList.length, slotCount: slotList.length });
  return manifest;
}

function fileFromWire(value: unknown, index: number): [string, Uint8Array] {
  const [name, bytes] = asArray(value, `files[${index}]`, { length: 2 });
  return [
    asText(name, `files[${index}].name`, { maxChars: MAX_FILE_NAME_CHARS }),
    asBytes(bytes, `files[${index}].bytes`, { maxLength: MAX_MANIFEST_BYTES }),
  ];
}

function slotFromWire(value: unknown, index: number): ManifestSlot {
  const at = `slots[${index}]`;
  const [name, tensors] = asArray(value, at, { length: 2 });
  return {
    name: asText(name, `${at}.name`, { maxChars: MAX_SLOT_CHARS }),
    tensors: asArray(tensors, `${at}.tensors`, { maxLength: MAX_TENSORS }).map((tensor, i) =>
      tensorFromWire(tensor, `${at}.tensors[${i}]`),
    ),
  };
}

function tensorFromWire(value: unknown, at: string): ManifestTensor {
  const [name, dtype, shape, byteLength] = asArray(value, at, { length: 4 });
  return {
    name: asText(name, `${at}.name`, { maxChars: MAX_TENSOR_NAME_CHARS }),
    dtype: asText(dtype, `${at}.dtype`, { maxChars: 16 }),
    shape: asArray(shape, `${at}.shape`, { maxLength: MAX_DIMENSIONS }).map((size, i) =>
      asUint(size, `${at}.shape[${i}]`, { max: Number.MAX_SAFE_INTEGER }),
    ),
    byteLength: asUint(byteLength, `${at}.byteLength`, { max: MAX_PAYLOAD_BYTES }),
  };
}

function evaluationFromWire(value: unknown): { root: Uint8Array; bytes: number } {
  const [root, bytes] = asArray(value, "evaluation", { length: 2 });
  return {
    root: asBytes(root, "evaluation.root", HASH_BYTES),
    bytes: asUint(bytes, "evaluation.bytes", { max: MAX_PAYLOAD_BYTES }),
  };
}
