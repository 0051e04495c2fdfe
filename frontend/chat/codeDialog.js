// "Show as code": the present chat as a request with curl and with the openai package.
// @ts-check
import { apiKey } from "../lib/apiKey.js";
import { byId, el, fill } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { showCopied } from "./messageList.js";
import { requestFields } from "./settings.js";

/** @typedef {{ messages: { role: string, content: string }[], model: string, settings: import("./settings.js").Settings }} Chat */

const LANGUAGES = /** @type {const} */ ({ curl: "curl", openai: "openai (npm)", chat: "curl, with experts" });

/** Stands for the key: code is copied, pasted and shown to others. */
const KEY_VARIABLE = "AI_BLOCK_API_KEY";

/** @param {() => Chat} read @returns {() => void} opens it */
export function codeDialog(read) {
  const dialog = /** @type {HTMLDialogElement} */ (byId("code"));
  const tabs = byId("code-tabs");
  const choose = (/** @type {string} */ language) => {
    for (const tab of tabs.children) {
      const chosen = /** @type {HTMLElement} */ (tab).dataset.language === language;
      tab.setAttribute("aria-selected", String(chosen));
      /** @type {HTMLElement} */ (tab).tabIndex = chosen ? 0 : -1;
    }
    showCode(codeFor(language, read()));
  };
  fill(
    tabs,
    Object.entries(LANGUAGES).map(([language, name]) =>
      el("button", { role: "tab", type: "button", "data-language": language, onclick: () => choose(language) }, name),
    ),
  );
  tabs.addEventListener("keydown", (event) => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (step === 0) return;
    const all = /** @type {HTMLElement[]} */ ([...tabs.children]);
    const at = all.findIndex((tab) => tab.getAttribute("aria-selected") === "true");
    const next = all[(at + step + all.length) % all.length];
    next?.click();
    next?.focus();
  });
  return () => {
    choose("curl");
    dialog.showModal();
  };
}

/** @param {string} code */
function showCode(code) {
  const button = el("button", { class: "button small", type: "button" }, icon("copy"), "Copy");
  button.addEventListener("click", () => void showCopied(button, code));
  fill(
    byId("code-body"),
    el("pre", { class: "code-sample", tabindex: "0" }, code),
    el("p", { class: "code-foot" }, button, el("a", { href: "/docs", target: "_blank" }, "The whole API")),
  );
}

/** @param {string} language @param {Chat} chat */
export function codeFor(language, { messages, model, settings }) {
  const { use_moe, top_k_experts, ...standard } = requestFields(settings);
  const question = messages.length > 0 ? messages : [{ role: "user", content: "What is AI-Block?" }];
  const body = { model, messages: question, ...standard };
  const needsKey = apiKey() !== "";
  if (language === "openai") {
    return [
      'import OpenAI from "openai";',
      "",
      `const client = new OpenAI({ baseURL: "${location.origin}/v1", apiKey: ${needsKey ? `process.env.${KEY_VARIABLE}` : '"none"'} });`,
      `const stream = await client.chat.completions.create(${JSON.stringify({ ...body, stream: true }, null, 2)});`,
      'for await (const chunk of stream) process.stdout.write(chunk.choices[0]?.delta?.content ?? "");',
    ].join("\n");
  }
  const native = { model, messages: question, use_moe, top_k_experts, ...standard, routing: true, stream: true };
  const path = language === "chat" ? "/chat" : "/v1/chat/completions";
  const json = JSON.stringify(language === "chat" ? native : { ...body, stream: true }, null, 2);
  return [
    `curl -N ${location.origin}${path} \\`,
    '  -H "content-type: application/json" \\',
    ...(needsKey ? [`  -H "authorization: Bearer $${KEY_VARIABLE}" \\`] : []),
    `  -d '${json.replaceAll("'", `'\\''`)}'`,
  ].join("\n");
}
