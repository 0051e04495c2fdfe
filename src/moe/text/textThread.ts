/** The thread behind `textWorker.ts`: loads a tokenizer on the first call and answers one call after the other. */
import { parentPort, workerData } from "node:worker_threads";
import { type ErrorData, errorCode, errorMessage } from "../../core/errors.ts";
import type { TextCall, TextFailure, TextReply, TextRequest, TextResults, TextThreadData } from "./textProtocol.ts";
import { loadTokenizer, type Tokenizer } from "./tokenizer.ts";

const { files } = workerData as TextThreadData;
let tokenizer: Tokenizer | undefined;

function answer(call: TextCall): TextResults[TextCall["kind"]] {
  tokenizer ??= loadTokenizer(files);
  switch (call.kind) {
    case "load": {
      const { bosId, eosIds, chatTemplateNames, decoderTable } = tokenizer;
      return { facts: { bosId, eosIds, chatTemplateNames }, table: decoderTable };
    }
    case "encode":
      return Int32Array.from(tokenizer.encode(call.text, call.options));
    case "renderChat":
      return tokenizer.renderChat(call.messages, call.options);
    case "encodeChat":
      return Int32Array.from(tokenizer.encodeChat(call.messages, call.options));
  }
}

function failureOf(error: unknown): TextFailure {
  const { data } = error as { data?: ErrorData };
  return { code: errorCode(error), message: errorMessage(error), data: data ?? {} };
}

parentPort?.on("message", ({ number, call }: TextRequest) => {
  let reply: TextReply;
  try {
    reply = { number, result: answer(call) };
  } catch (error) {
    reply = { number, failure: failureOf(error) };
  }
  parentPort?.postMessage(reply);
});
