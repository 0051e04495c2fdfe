/**
 * The chat template of the demo model and its special tokens.
 *
 *     <|system|>…<|end|><|user|>…<|end|><|assistant|>…<|end|>
 *
 * One token says who speaks, one that the turn is over. The end of an answer is the model's end token.
 */

export const END_TOKEN = "<|end|>";
export const PAD_TOKEN = "<|pad|>";
export const ASSISTANT_TOKEN = "<|assistant|>";
/** Ids from 0 in this order. */
export const SPECIAL_TOKENS = [PAD_TOKEN, END_TOKEN, "<|system|>", "<|user|>", ASSISTANT_TOKEN] as const;

export const CHAT_TEMPLATE = [
  "{%- for message in messages -%}",
  "{%- if message.role not in ['system', 'user', 'assistant'] -%}",
  "{{- raise_exception('messages: expected the roles system, user and assistant, got ' + message.role) -}}",
  "{%- endif -%}",
  "{{- '<|' + message.role + '|>' + message.content + '<|end|>' -}}",
  "{%- endfor -%}",
  "{%- if add_generation_prompt -%}{{- '<|assistant|>' -}}{%- endif -%}",
].join("\n");
