/** What `textWorker.ts` and its thread say to each other. Everything passes through `structuredClone`. */
import type { ErrorData } from "../../core/errors.ts";
import type { ChatMessage, RenderOptions } from "./chatTemplates.ts";
import type { DecoderTable } from "./tokenDecoder.ts";
import type { EncodeOptions, TokenizerFacts } from "./tokenizer.ts";
import type { TokenizerFiles } from "./tokenizerFiles.ts";

/** The first message to the thread is its `workerData`. */
export interface TextThreadData {
  readonly files: TokenizerFiles;
}

export type TextCall =
  | { readonly kind: "load" }
  | { readonly kind: "encode"; readonly text: string; readonly options: EncodeOptions }
  | { readonly kind: "renderChat"; readonly messages: readonly ChatMessage[]; readonly options: RenderOptions }
  | { readonly kind: "encodeChat"; readonly messages: readonly ChatMessage[]; readonly options: RenderOptions };

/** What each kind of call gives back. */
export interface TextResults {
  readonly load: { readonly facts: TokenizerFacts; readonly table: DecoderTable };
  readonly encode: Int32Array<ArrayBuffer>;
  readonly renderChat: string;
  readonly encodeChat: Int32Array<ArrayBuffer>;
}

export interface TextRequest {
  readonly number: number;
  readonly call: TextCall;
}

/** An error of the thread: `code` is `undefined` for one that is not ours. */
export interface TextFailure {
  readonly code: string | undefined;
  readonly message: string;
  readonly data: ErrorData;
}

export type TextReply =
  | { readonly number: number; readonly result: TextResults[TextCall["kind"]] }
  | { readonly number: number; readonly failure: TextFailure };
