/** Blocks and payloads from outside: checked, stored, offered to the chain. The node signs nothing here. */
import type {
  BlockVerdict,
  SmallExpertUpload,
  UploadPart,
  UploadService,
  UploadState,
} from "../../api/services/uploads.ts";
import { openBlock } from "../../chain/block/block.ts";
import type { Chain } from "../../chain/chain.ts";
import { MAX_PAYLOAD_BYTES } from "../../chain/limits.ts";
import type { Verdict } from "../../chain/verdict.ts";
import { excerpt, hashFromHex, isHashHex, toHex } from "../../core/bytes.ts";
import { AiBlockError, errorCode, errorMessage } from "../../core/errors.ts";
import { filePieces } from "../../core/filePieces.ts";
import type { PartialUploads } from "./partialUploads.ts";

export interface UploadOptions {
  readonly chain: Chain;
  readonly partials: PartialUploads;
  /** A payload is in its place now. */
  readonly onPayload: () => void;
}

export class NodeUploadService implements UploadService {
  readonly #options: UploadOptions;
  /** Roots that are being written to. */
  readonly #busy = new Set<string>();

  constructor(options: UploadOptions) {
    this.#options = options;
  }

  async uploadExpert(upload: SmallExpertUpload, signal: AbortSignal): Promise<BlockVerdict> {
    const { chain, onPayload } = this.#options;
    const { expertName, model, tensorData } = upload;
    if (!isHashHex(model) || !chain.models.has(model)) {
      throw new AiBlockError("unknown_model", `model: expected the id of a stored meta block, got ${excerpt(model)}`, {
        parameter: "model",
      });
    }
    const opened = tryOpen(upload.block);
    if ("verdict" in opened) return opened.verdict;
    const { header } = opened.block;
    const mismatch = (param: string, expected: string, got: string): AiBlockError =>
      new AiBlockError("invalid_value", `${param}: expected ${expected}, as the block has it, got ${got}`, { param });
    if (header.slot !== expertName) throw mismatch("expert_name", header.slot ?? "no slot", expertName);
    if (header.model === null || toHex(header.model) !== model) {
      throw mismatch("model", header.model === null ? "no model" : toHex(header.model), model);
    }
    if (header.payload === null) throw mismatch("block_b64", "a block with a payload", "one without");
    if (!(await chain.payloads.has(header.payload.root))) {
      const { root: expectedRoot } = header.payload;
      await chain.payloads.put([tensorData], { expectedRoot, expectedBytes: tensorData.length, signal });
      onPayload();
    }
    const [verdict] = await this.addBlocks([upload.block]);
    return verdict as BlockVerdict;
  }

  async addBlocks(sealed: readonly Uint8Array[]): Promise<readonly BlockVerdict[]> {
    const verdicts = await this.#options.chain.add(sealed);
    return sealed.map((bytes, i) => {
      const opened = tryOpen(bytes);
      return "verdict" in opened ? opened.verdict : blockVerdict(verdicts[i] as Verdict, opened.block.idHex);
    });
  }

  async state(root: string): Promise<UploadState> {
    const { chain, partials } = this.#options;
    const hash = hashFromHex(root);
    if (await chain.payloads.has(hash)) {
      const reader = await chain.payloads.open(hash);
      await reader.close();
      return { root, totalBytes: reader.bytes, receivedBytes: reader.bytes, complete: true };
    }
    const partial = await partials.find(root);
    return {
      root,
      totalBytes: partial?.totalBytes ?? null,
      receivedBytes: partial?.receivedBytes ?? 0,
      complete: false,
    };
  }

  async append(root: string, part: UploadPart, signal: AbortSignal): Promise<UploadState> {
    const { chain, partials } = this.#options;
    if (part.totalBytes > MAX_PAYLOAD_BYTES) {
      throw new AiBlockError(
        "payload_too_large",
        `upload-length: expected at most ${MAX_PAYLOAD_BYTES} bytes, got ${part.totalBytes}`,
        { param: "upload-length" },
      );
    }
    if (await chain.payloads.has(hashFromHex(root))) return this.state(root);
    if (this.#busy.has(root)) {
      throw new AiBlockError("conflict", "root: another request is uploading this payload; ask again when it is done", {
        param: "root",
      });
    }
    this.#busy.add(root);
    try {
      const upload = await partials.begin(root, part.totalBytes, part.caller);
      if (part.offset !== upload.receivedBytes) {
        throw new AiBlockError(
          "upload_offset_mismatch",
          `upload-offset: expected ${upload.receivedBytes}, where the upload goes on, got ${part.offset}`,
          { param: "upload-offset", receivedBytes: upload.receivedBytes },
        );
      }
      const receivedBytes = await partials.append(upload, part.bytes, signal);
      if (receivedBytes < upload.totalBytes) {
        return { root, totalBytes: upload.totalBytes, receivedBytes, complete: false };
      }
      await this.#complete(root, upload.path, upload.totalBytes, signal);
      await partials.remove(upload);
      return { root, totalBytes: receivedBytes, receivedBytes, complete: true };
    } finally {
      this.#busy.delete(root);
    }
  }

  /** Moves a whole payload to its place. Wrong bytes are dropped: nothing could be appended to make them right. */
  async #complete(root: string, path: string, bytes: number, signal: AbortSignal): Promise<void> {
    const { chain, partials, onPayload } = this.#options;
    try {
      await chain.payloads.put(filePieces(path), { expectedRoot: hashFromHex(root), expectedBytes: bytes, signal });
    } catch (error) {
      if (errorCode(error) === "payload_root_mismatch") {
        await partials.remove({ path, totalBytes: bytes, receivedBytes: bytes });
      }
      throw error;
    }
    onPayload();
  }
}

function blockVerdict(verdict: Verdict, block: string): BlockVerdict {
  if (verdict.kind === "accept") return { kind: "accept", code: "accepted", reason: "", block };
  return { kind: verdict.kind, code: verdict.code, reason: verdict.reason, block };
}

/** What is no block at all gets the chain's verdict for it. */
function tryOpen(sealed: Uint8Array): { block: ReturnType<typeof openBlock> } | { verdict: BlockVerdict } {
  try {
    return { block: openBlock(sealed) };
  } catch (error) {
    const code = errorCode(error) ?? "bad_encoding";
    return { verdict: { kind: "reject", code, reason: errorMessage(error), block: "" } };
  }
}
