/**
 * The chat templates of a model: how a conversation becomes the text that the model was trained on.
 * Jinja, rendered by `@huggingface/jinja` with the variables and functions of the reference library.
 */
import { compileTemplate, type TemplateVariables } from "./chatTemplate.ts";
import { textError } from "./errors.ts";
import { asArray, asObject, asString, isPresent, type JsonObject } from "./jsonValues.ts";
import { MAX_TEMPLATES, MAX_VALUE_DEPTH } from "./limits.ts";
import type { NamedSpecialTokens } from "./specialTokens.ts";
import { ADDITIONAL_TEMPLATES_FOLDER, readText, type TokenizerFiles } from "./tokenizerFiles.ts";

/** One message. `content` is text, or parts where the template knows them; further keys are the template's business. */
export interface ChatMessage {
  readonly role: string;
  readonly content?: unknown;
  readonly [key: string]: unknown;
}

export interface RenderOptions {
  /** End with the beginning of an assistant's answer. Default true. */
  readonly addGenerationPrompt?: boolean | undefined;
  /** Tool descriptions; chooses the template `tool_use` where there is one. Default none. */
  readonly tools?: readonly unknown[] | undefined;
  readonly documents?: readonly unknown[] | undefined;
  /** A template by name. Default `default`. */
  readonly template?: string | undefined;
  /** Further variables for the template, such as `enable_thinking`. */
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
  /** What `strftime_now` shows. Default the system's time. */
  readonly now?: Date | undefined;
}

export interface ChatTemplates {
  readonly names: readonly string[];
  /** Throws `chat_template_…` and `messages_invalid`. */
  render(messages: readonly ChatMessage[], options?: RenderOptions): string;
}

/** Throws `tokenizer_invalid`; a template that cannot be parsed fails when it is first used. */
export function readChatTemplates(
  files: TokenizerFiles,
  config: JsonObject,
  special: NamedSpecialTokens,
): ChatTemplates {
  const sources = readSources(files, config);
  const compiled = new Map<string, ReturnType<typeof compileTemplate>>();
  return {
    names: [...sources.keys()],
    render: (messages, options = {}) => {
      checkMessages(messages);
      const name =
        options.template ?? (options.tools !== undefined && sources.has("tool_use") ? "tool_use" : "default");
      const source = sources.get(name);
      if (source === undefined) {
        const known = sources.size === 0 ? "none" : [...sources.keys()].join(", ");
        throw textError("chat_template_missing", `template: expected one of the model's (${known}), got ${name}`, {
          name,
        });
      }
      const template = compiled.get(name) ?? compileTemplate(source);
      compiled.set(name, template);
      return template(variablesOf(messages, options, special), options.now ?? new Date());
    },
  };
}

function readSources(files: TokenizerFiles, config: JsonObject): ReadonlyMap<string, string> {
  const sources = new Map<string, string>();
  const file = readText(files, "chat_template.jinja");
  if (file !== undefined) sources.set("default", file);
  for (const name of files.keys()) {
    if (!name.startsWith(ADDITIONAL_TEMPLATES_FOLDER) || !name.endsWith(".jinja")) continue;
    sources.set(name.slice(ADDITIONAL_TEMPLATES_FOLDER.length, -".jinja".length), readText(files, name) as string);
    if (sources.size > MAX_TEMPLATES) {
      throw textError("tokenizer_invalid", `chat templates: expected at most ${MAX_TEMPLATES}, got more`);
    }
  }
  return sources.size > 0 ? sources : sourcesIn(config.get("chat_template"));
}

/** One template, a list of named ones, or an object of them by name; read only where no template has a file of its own. */
function sourcesIn(value: unknown): ReadonlyMap<string, string> {
  if (!isPresent(value)) return new Map();
  if (typeof value === "string") return new Map([["default", value]]);
  const entries: (readonly [unknown, unknown])[] = Array.isArray(value)
    ? asArray(value, "chat_template", MAX_TEMPLATES).map((entry) => {
        const named = asObject(entry, "chat_template");
        return [named.get("name"), named.get("template")];
      })
    : [...asObject(value, "chat_template")];
  if (entries.length > MAX_TEMPLATES) {
    throw textError("tokenizer_invalid", `chat_template: expected at most ${MAX_TEMPLATES} templates`);
  }
  return new Map(
    entries.map(([name, template]) => [
      asString(name, "chat_template.name", 256),
      asString(template, "chat_template.template", Number.MAX_SAFE_INTEGER),
    ]),
  );
}

function variablesOf(
  messages: readonly ChatMessage[],
  options: RenderOptions,
  special: NamedSpecialTokens,
): TemplateVariables {
  const variables = new Map<string, unknown>(special.named);
  if (special.additional.length > 0) variables.set("additional_special_tokens", special.additional);
  variables.set("messages", messages);
  variables.set("add_generation_prompt", options.addGenerationPrompt ?? true);
  variables.set("tools", options.tools ?? null);
  variables.set("documents", options.documents ?? null);
  for (const [name, value] of Object.entries(options.variables ?? {})) variables.set(name, value);
  for (const [name, value] of variables) checkDepth(name, value);
  return variables;
}

function checkMessages(messages: unknown): void {
  const expected = "messages: expected a list of objects with a role";
  if (!Array.isArray(messages) || messages.length === 0) throw textError("messages_invalid", `${expected}, got none`);
  for (const [i, message] of messages.entries()) {
    if (typeof message !== "object" || message === null || typeof message.role !== "string") {
      throw textError("messages_invalid", `${expected}; messages[${i}] is none`, { index: i });
    }
  }
}

/** The template library converts values recursively. */
function checkDepth(name: string, value: unknown): void {
  const pending: [unknown, number][] = [[value, 0]];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const [current, depth] = next;
    if (typeof current !== "object" || current === null) continue;
    if (depth >= MAX_VALUE_DEPTH) {
      throw textError("messages_invalid", `${name}: expected at most ${MAX_VALUE_DEPTH} levels, got more`, { name });
    }
    for (const inner of Object.values(current)) pending.push([inner, depth + 1]);
  }
}
