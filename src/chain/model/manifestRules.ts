/**
 * What a manifest may say. All limits are static and checked before anything is allocated for the model, so a manifest
 * cannot be an architecture bomb.
 */
import { compareBytes, excerpt } from "../../core/bytes.ts";
import { isAdmissiblePublicKey } from "../../core/ed25519.ts";
import { AiBlockError } from "../../core/errors.ts";
import { MAX_EXPERTS_PER_LAYER, MAX_LAYERS, parseSlot } from "../../core/slot.ts";
import {
  MAX_DIMENSIONS,
  MAX_FILE_NAME_CHARS,
  MAX_MANIFEST_FILES,
  MAX_MODEL_NAME_CHARS,
  MAX_PAYLOAD_BYTES,
  MAX_SLOTS,
  MAX_TENSORS,
  MAX_VALIDATORS,
} from "../limits.ts";
import { MANIFEST_VERSION, type Manifest, type ManifestSlot } from "./manifest.ts";

const FILE_NAME = /^[A-Za-z0-9_][A-Za-z0-9._-]*$/;
const CONFIG_FILE = "config.json";
/** config.json and the tokenizer's small files are JSON; a config larger than this is not one. */
const MAX_CONFIG_BYTES = 1 << 20;

/** Upper bounds of the integers that size a model in the config.json of the supported families. */
const CONFIG_MAXIMA: ReadonlyMap<string, number> = new Map([
  ["num_hidden_layers", MAX_LAYERS],
  ["num_local_experts", MAX_EXPERTS_PER_LAYER],
  ["num_experts", MAX_EXPERTS_PER_LAYER],
  ["n_routed_experts", MAX_EXPERTS_PER_LAYER],
  ["n_shared_experts", MAX_EXPERTS_PER_LAYER],
  ["num_experts_per_tok", MAX_EXPERTS_PER_LAYER],
  ["hidden_size", 2 ** 17],
  ["intermediate_size", 2 ** 20],
  ["moe_intermediate_size", 2 ** 20],
  ["shared_expert_intermediate_size", 2 ** 20],
  ["num_attention_heads", 4096],
  ["num_key_value_heads", 4096],
  ["head_dim", 4096],
  ["kv_lora_rank", 2 ** 16],
  ["q_lora_rank", 2 ** 16],
  ["vocab_size", 2 ** 22],
  ["max_position_embeddings", 2 ** 27],
]);

/**
 * Throws `bad_manifest` with the field's name. `declared` are the numbers of entries before duplicates collapsed into
 * maps.
 */
export function checkManifest(
  manifest: Manifest,
  declared: { fileCount: number; slotCount: number } = {
    fileCount: manifest.files.size,
    slotCount: manifest.slots.size,
  },
): void {
  if (manifest.version !== MANIFEST_VERSION) fail("version", `expected ${MANIFEST_VERSION}`, manifest.version);
  if (manifest.name.length === 0 || manifest.name.length > MAX_MODEL_NAME_CHARS) {
    fail("name", `expected 1 to ${MAX_MODEL_NAME_CHARS} characters`, manifest.name);
  }
  if (!isAdmissiblePublicKey(manifest.publisher)) fail("publisher", "expected an admissible Ed25519 key", "another");
  checkFiles(manifest, declared.fileCount);
  checkSlots(manifest, declared.slotCount);
  checkConfig(manifest.files.get(CONFIG_FILE) as Uint8Array);
  checkGovernance(manifest);
}

function checkFiles({ files }: Manifest, declared: number): void {
  if (declared > MAX_MANIFEST_FILES) fail("files", `expected at most ${MAX_MANIFEST_FILES}`, declared);
  for (const name of files.keys()) {
    if (!FILE_NAME.test(name) || name.length > MAX_FILE_NAME_CHARS) {
      fail("files", "expected plain file names of letters, digits, '.', '_' and '-'", name);
    }
  }
  checkAscending("files", [...files.keys()], declared);
  const config = files.get(CONFIG_FILE);
  if (config === undefined || config.length > MAX_CONFIG_BYTES) {
    fail("files", `expected a ${CONFIG_FILE} of at most ${MAX_CONFIG_BYTES} bytes`, config?.length);
  }
}

function checkSlots({ slots }: Manifest, declared: number): void {
  if (declared < 1 || declared > MAX_SLOTS) fail("slots", `expected 1 to ${MAX_SLOTS}`, declared);
  checkAscending("slots", [...slots.keys()], declared);
  let tensors = 0;
  for (const slot of slots.values()) {
    tensors += slot.tensors.length;
    checkSlot(slot);
  }
  if (tensors > MAX_TENSORS) fail("slots", `expected at most ${MAX_TENSORS} tensors in all`, tensors);
}

function checkSlot(slot: ManifestSlot): void {
  if (parseSlot(slot.name) === undefined) fail("slots", "expected a slot name such as layer0.expert1", slot.name);
  if (slot.tensors.length === 0) fail(slot.name, "expected at least one tensor", 0);
  if (new Set(slot.tensors.map(({ name }) => name)).size !== slot.tensors.length) {
    fail(slot.name, "expected tensor names to differ", slot.tensors.map(({ name }) => name).join(", "));
  }
  for (const { name, shape } of slot.tensors) {
    if (name.length === 0 || shape.length > MAX_DIMENSIONS) fail(slot.name, `expected a named tensor`, name);
    if (shape.some((size) => !Number.isSafeInteger(size) || size < 0 || size > 2 ** 32)) {
      fail(`${slot.name}.${name}`, "expected dimensions of 0 to 2^32", shape.join("x"));
    }
  }
  const { minBytes } = payloadBounds(slot);
  if (minBytes > MAX_PAYLOAD_BYTES) fail(slot.name, `expected at most ${MAX_PAYLOAD_BYTES} bytes`, minBytes);
}

/**
 * Bounds of a slot's payload, in bytes: the tensors' own bytes, and those plus a safetensors header with room for
 * names and metadata.
 */
export function payloadBounds(slot: ManifestSlot): { readonly minBytes: number; readonly maxBytes: number } {
  const minBytes = slot.tensors.reduce((total, tensor) => total + tensor.byteLength, 0);
  const headerBytes = slot.tensors.reduce((total, tensor) => total + 6 * tensor.name.length + 256, 0);
  return { minBytes, maxBytes: minBytes + headerBytes + 4096 };
}

function checkConfig(bytes: Uint8Array): void {
  let config: unknown;
  try {
    config = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    fail(CONFIG_FILE, "expected a JSON object", "other bytes");
  }
  if (typeof config !== "object" || config === null || Array.isArray(config)) {
    fail(CONFIG_FILE, "expected a JSON object", typeof config);
  }
  for (const [key, maximum] of CONFIG_MAXIMA) {
    const value = (config as Record<string, unknown>)[key];
    if (value === undefined || value === null) continue;
    if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0 || value > maximum) {
      fail(`${CONFIG_FILE}.${key}`, `expected an integer of 0 to ${maximum}`, value);
    }
  }
}

function checkGovernance(manifest: Manifest): void {
  const { validators, quorum, smallestImprovement, evaluation } = manifest;
  if (validators.length > MAX_VALIDATORS) fail("validators", `expected at most ${MAX_VALIDATORS}`, validators.length);
  for (let i = 0; i < validators.length; i++) {
    const key = validators[i]!;
    if (!isAdmissiblePublicKey(key)) fail(`validators[${i}]`, "expected an admissible Ed25519 key", "another");
    if (i > 0 && compareBytes(validators[i - 1]!, key) >= 0) fail(`validators[${i}]`, "expected ascending keys", i);
  }
  const most = Math.max(1, validators.length);
  if (!Number.isSafeInteger(quorum) || quorum < 1 || quorum > most) fail("quorum", `expected 1 to ${most}`, quorum);
  if (!Number.isFinite(smallestImprovement) || smallestImprovement < 0) {
    fail("smallestImprovement", "expected a finite number of at least 0", smallestImprovement);
  }
  if (evaluation !== null && evaluation.bytes > MAX_PAYLOAD_BYTES) {
    fail("evaluation", `expected at most ${MAX_PAYLOAD_BYTES} bytes`, evaluation.bytes);
  }
  if (validators.length > 0 && evaluation === null) fail("evaluation", "expected one where there are validators", null);
}

function checkAscending(field: string, names: readonly string[], declared: number): void {
  if (names.length !== declared) fail(field, "expected names to differ", `${declared - names.length} duplicates`);
  for (let i = 1; i < names.length; i++) {
    if (names[i - 1]! >= names[i]!) fail(field, "expected names in ascending order", names[i]);
  }
}

function fail(field: string, expected: string, got: unknown): never {
  throw new AiBlockError("bad_manifest", `manifest ${field}: ${expected}, got ${excerpt(got)}`, { field });
}
