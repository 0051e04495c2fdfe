import { AiBlockError } from "../../../src/core/errors.ts";
import { DEFAULT_RENDER_LIMITS, type RenderLimits } from "../../../src/moe/text/boundedInterpreter.ts";
import { compileTemplate } from "../../../src/moe/text/chatTemplate.ts";
import { strftime } from "../../../src/moe/text/strftime.ts";
import { codeOf, goldTokenizerJson, tokenizerOf } from "./fixtures.ts";

const NOON = new Date(2026, 2, 4, 15, 6, 7);

function render(source: string, variables: Readonly<Record<string, unknown>> = {}, limits?: RenderLimits): string {
  return compileTemplate(source, limits)(new Map(Object.entries(variables)), NOON);
}

test("strings have Python's methods: sets of characters to strip, and the other end to split from", () => {
  const s = "\n\n  xx--Hello--xx\n";
  expect(render("{{ s.strip() }}", { s })).toBe("xx--Hello--xx");
  expect(render("{{ s.strip('\\n') }}", { s })).toBe("  xx--Hello--xx");
  expect(render("{{ s.lstrip('\\n ') }}", { s })).toBe("xx--Hello--xx\n");
  expect(render("{{ s.rstrip('x\\n') }}", { s })).toBe("\n\n  xx--Hello--");
  expect(render("{{ s.split('--')[1].lstrip('He') }}", { s })).toBe("llo");
  expect(render("{{ 'a-b-c'.rsplit('-', 1)|join('+') }}")).toBe("a-b+c");
  expect(render("{{ 'a-b-c'.partition('-')|join('+') }}")).toBe("a+-+b-c");
  expect(render("{{ 'a-b-c'.find('b') }}{{ 'a-b-c'.rfind('-') }}{{ 'a-b-c'.count('-') }}")).toBe("232");
  expect(render("{{ 'a-b'.removeprefix('a') }}{{ 'a-b'.removesuffix('a') }}")).toBe("-ba-b");
  expect(codeOf(() => render("{{ n.strip('x') }}", { n: 1 }))).toBe("chat_template_failed");
});

test("equality is Python's: no text equals a number, lists and mappings by what they hold", () => {
  const variables = { n: 7, s: "7", l: [1, [2, "x"]], d: { a: 1, b: [true] }, z: null };
  const equal = (expression: string) => render(`{{ 'y' if ${expression} else 'n' }}`, variables);
  for (const expression of ["n == 7.0", "true == 1", "l == [1, [2, 'x']]", "d == {'b': [1], 'a': 1}", "z == none"]) {
    expect([expression, equal(expression)]).toEqual([expression, "y"]);
  }
  for (const expression of [
    "n == s",
    "'' == 0",
    "l == [1]",
    "d == {'a': 1}",
    "missing == none",
    "z == false",
    "n != 7",
  ]) {
    expect([expression, equal(expression)]).toEqual([expression, "n"]);
  }
});

test("blocks are trimmed as the reference library's environment does", () => {
  const source =
    "{% for m in messages %}\n  {% if m.role == 'user' %}\n{{ m.content }}\n  {% endif %}\n{% endfor %}\nend\n";
  expect(render(source, { messages: [{ role: "user", content: "a" }, { role: "x" }] })).toBe("a\nend");
});

test("raise_exception gives the template's own words; every other failure has a code too", () => {
  let thrown: unknown;
  try {
    render("{{ raise_exception('no ' + role) }}", { role: "tools" });
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(AiBlockError);
  expect((thrown as AiBlockError).code).toBe("chat_template_raised");
  expect((thrown as AiBlockError).data.reason).toBe("no tools");
  for (const source of [
    "{{ 1 + none }}",
    "{{ missing.call() }}",
    "{{ [] | nofilter }}",
    "{{ range('a') }}",
    "{{ range(0, 1, 0) }}",
  ]) {
    expect([source, codeOf(() => render(source))]).toEqual([source, "chat_template_failed"]);
  }
  for (const source of ["{% if %}", "{{ ", "{% for x in %}{% endfor %}", "{% endif %}", "{{ 'open }}", "{{ ( }}"]) {
    expect([source, codeOf(() => compileTemplate(source))]).toEqual([source, "chat_template_invalid"]);
  }
});

test("a template that does not end, or grows, is stopped", () => {
  const limits = { ...DEFAULT_RENDER_LIMITS, maxSteps: 20_000, maxMs: 2_000, maxChars: 100_000 };
  const loops =
    "{% for a in range(60000) %}{% for b in range(60000) %}{% for c in range(60000) %}x{% endfor %}{% endfor %}{% endfor %}";
  const hostile = [
    loops,
    "{% set ns = namespace(s='x') %}{% for i in range(64) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}{{ ns.s }}",
    "{% set ns = namespace(l=[1]) %}{% for i in range(64) %}{% set ns.l = ns.l + ns.l %}{% endfor %}{{ ns.l }}",
    "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
    "{{ range(1000000000) }}",
    "{{ range(0, -1000000000, -1) }}",
    "{{ ('x' * 50000) | replace('x', 'yyy') }}{{ 's'|replace('s', t)|replace('x', t)|length }}",
  ];
  const t = "x".repeat(60_000);
  for (const source of hostile) {
    const code = codeOf(() => render(source, { t }, limits));
    expect([source, code === "chat_template_limit" || code === "chat_template_failed"]).toEqual([source, true]);
  }
  expect(codeOf(() => render(loops, {}, { ...DEFAULT_RENDER_LIMITS, maxMs: 50 }))).toBe("chat_template_limit");
});

test("a template that is too long, too deep, or full of white space is refused before it is parsed", () => {
  expect(codeOf(() => compileTemplate("x".repeat(2 ** 18 + 1)))).toBe("chat_template_invalid");
  expect(codeOf(() => compileTemplate(`a${" ".repeat(1025)}b`))).toBe("chat_template_invalid");
  expect(codeOf(() => compileTemplate(`{{ ${"(".repeat(100_000)} }}`))).toBe("chat_template_invalid");
  expect(codeOf(() => compileTemplate("{% if a %}".repeat(20_000)))).toBe("chat_template_invalid");
});

test("variables cannot take the place of built-in functions", () => {
  for (const name of ["raise_exception", "range", "true", "namespace", "strftime_now"]) {
    expect(codeOf(() => render("x", { [name]: 1 }))).toBe("messages_invalid");
  }
});

const json = goldTokenizerJson("mixtral");
const user = [{ role: "user", content: "Hi" }];

test("templates in files stand in for those of tokenizer_config.json, which may hold several by name", () => {
  const list = [
    { name: "default", template: "D" },
    { name: "tool_use", template: "T{{ tools|length }}" },
  ];
  for (const chat_template of [list, { default: "D", tool_use: "T{{ tools|length }}" }]) {
    const tokenizer = tokenizerOf(json, { "tokenizer_config.json": { chat_template } });
    expect(tokenizer.chatTemplateNames).toEqual(["default", "tool_use"]);
    expect(tokenizer.renderChat(user)).toBe("D");
    expect(tokenizer.renderChat(user, { tools: [{}] })).toBe("T1");
    expect(codeOf(() => tokenizer.renderChat(user, { template: "x" }))).toBe("chat_template_missing");
  }
  const files = { "chat_template.jinja": "F", "additional_chat_templates/rag.jinja": "R" };
  const both = tokenizerOf(json, { "tokenizer_config.json": { chat_template: list }, ...files });
  expect(both.chatTemplateNames).toEqual(["default", "rag"]);
  expect(both.renderChat(user, { tools: [{}] })).toBe("F");
  expect(both.renderChat(user, { template: "rag" })).toBe("R");
  const file = tokenizerOf(json, { "tokenizer_config.json": { chat_template: "C" }, "chat_template.jinja": "F" });
  expect(file.renderChat(user)).toBe("F");
  expect(codeOf(() => tokenizerOf(json).renderChat(user))).toBe("chat_template_missing");
});

test("a template sees special tokens, options and further variables", () => {
  const source =
    "{{ bos_token }}{{ eos_token }}{{ image_token }}{{ tools is none }}{{ add_generation_prompt }}{{ mood }}{{ strftime_now('%d %B %Y') }}";
  const tokenizer = tokenizerOf(json, {
    "tokenizer_config.json": {
      chat_template: source,
      bos_token: "<s>",
      extra_special_tokens: { image_token: "<pad>" },
    },
    "special_tokens_map.json": { eos_token: { content: "</s>" } },
  });
  expect(tokenizer.renderChat(user, { variables: { mood: "calm" }, now: NOON })).toBe(
    "<s></s><pad>TrueTruecalm04 March 2026",
  );
  expect(tokenizer.renderChat(user, { addGenerationPrompt: false, now: NOON })).toContain("TrueFalse");
});

test("messages that are none are refused by name", () => {
  const tokenizer = tokenizerOf(json, { "chat_template.jinja": "{{ messages[0].content }}" });
  for (const messages of [undefined, null, [], {}, "x", [null], [{}], [{ role: 1 }], [{ role: "user" }, 5]]) {
    expect(codeOf(() => tokenizer.renderChat(messages as never))).toBe("messages_invalid");
  }
  let deep: unknown = "x";
  for (let i = 0; i < 100; i++) deep = [deep];
  expect(codeOf(() => tokenizer.renderChat([{ role: "user", content: deep }]))).toBe("messages_invalid");
  expect(tokenizer.renderChat([{ role: "user" }])).toBe("");
});

test("strftime knows what templates use", () => {
  expect(strftime(NOON, "%Y-%m-%d %H:%M:%S %y %B %b %A %a %I %p %j %% %Q")).toBe(
    "2026-03-04 15:06:07 26 March Mar Wednesday Wed 03 PM 063 % %Q",
  );
});
