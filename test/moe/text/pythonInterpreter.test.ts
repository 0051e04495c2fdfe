/** What templates show: the expected texts are those of Jinja2 3.1.6 under Python 3.11, in the reference library's environment. */
import { compileTemplate } from "../../../src/moe/text/chatTemplate.ts";
import { codeOf } from "./fixtures.ts";

const MESSAGES = [
  { role: "user", content: " hi " },
  { role: "assistant", content: "ok" },
  { role: "user", content: [{ type: "text", text: "é" }, { type: "image" }] },
];

function render(source: string): string {
  return compileTemplate(source)(new Map([["m", MESSAGES]]), new Date(0));
}

function expectRendered(cases: readonly (readonly [source: string, text: string])[]): void {
  for (const [source, text] of cases) expect([source, render(source)]).toEqual([source, text]);
}

test("values that are no text are written as Python writes them", () => {
  expectRendered([
    ["{{ true }} {{ 1 == 2 }} {{ none }} {{ m[0].get('zz') }}", "True False None None"],
    ["{{ 1.0 }} {{ 10 / 4 }} {{ 0.1 + 0.2 }} {{ 0.00001 }}", "1.0 2.5 0.30000000000000004 1e-05"],
    ["{{ [1, 'a', none, true, [2.5]] }}", "[1, 'a', None, True, [2.5]]"],
    ["{{ (1, 'b') }} {{ m[0] }}", "(1, 'b') {'role': 'user', 'content': ' hi '}"],
    ["{{ m[2].content }}", "[{'type': 'text', 'text': 'é'}, {'type': 'image'}]"],
    ["{{ ['it\\'s', 'say \"x\"', 'it\\'s \"x\"'] }}", `["it's", 'say "x"', 'it\\'s "x"']`],
    ["{{ ['a\\nb\\tc\\\\d', 'e\u00a0f', '\u200b', '😀'] }}", "['a\\nb\\tc\\\\d', 'e\\xa0f', '\\u200b', '😀']"],
    ["{{ [1, 'a'] | string }} {{ none | string }} {{ m[1] | string | length }}", "[1, 'a'] None 38"],
    ["{{ 'a' ~ 1 ~ none ~ true ~ 1.5 ~ missing ~ [1, 'b'] }}", "a1NoneTrue1.5[1, 'b']"],
    ["{% set x = none %}{% if x %}{% endif %}{% for i in [] %}{% endfor %}{# c #}{{ missing }}|", "|"],
    ["{% macro f(a) %}{{ a }}{% endmacro %}{{ f(true) }}{% set y %}{{ none }}{% endset %}{{ y }}", "TrueNone"],
  ]);
});

test("texts are repeated and ordered, remainders have the divisor's sign", () => {
  expectRendered([
    ["{{ '-' * 3 }}{{ 2 * 'ab' }}{{ 'x' * -1 }}|{{ 3 * 4 }} {{ 2 * 1.5 }}", "---abab|12 3.0"],
    [
      "{{ 'a' < 'b' }} {{ 'b' <= 'a' }} {{ 'ab' > 'a' }} {{ '\uffff' < '😀' }} {{ 2 > 1 }}",
      "True False True True True",
    ],
    ["{{ 'a' + 'b' }}{{ 1 + 1 }}{{ [1] + [2] }}{{ 1 + 0.5 }}", "ab2[1, 2]1.5"],
    ["{{ -7 % 3 }} {{ 7 % -3 }} {{ 7 % 3 }} {{ -6 % 3 }}", "2 -2 1 0"],
  ]);
  expect(codeOf(() => render("{{ 'x' * 1000000000000 }}"))).toBe("chat_template_limit");
});

test("what is not defined is nothing where it is shown, an empty text or list in filters and loops", () => {
  expectRendered([
    ["{{ missing }}{{ m[0].missing }}{{ m[9] }}|", "|"],
    ["{{ missing | length }}{{ m[0].tool_calls | count }}{{ m | count }}", "003"],
    ["{{ missing | trim }}{{ missing | upper }}{{ missing | join(',') }}{{ missing | default('d') }}", "d"],
    ["{% for x in missing %}x{% else %}none{% endfor %}{% for x in m[0].tool_calls if x %}x{% endfor %}", "none"],
    ["{% for c in 'añ😀' %}{{ loop.index }}{{ c }}{% endfor %}", "1a2ñ3😀"],
    [
      "{{ missing is defined }} {{ m[0].missing is defined }} {{ missing == none }} {{ 'x' in missing }}",
      "False False False False",
    ],
  ]);
});

test("a member of what is not defined ends the template, as does writing it as JSON, or adding it to a text", () => {
  for (const source of [
    "{{ missing.x }}",
    "{{ missing['x'] }}",
    "{{ missing[1:] }}",
    "{{ m[0].missing.x }}",
    "{{ m[9].role }}",
    "{% if missing.x %}y{% endif %}",
    "{{ missing.x is defined }}",
    "{{ missing.x | default('d') }}",
    "{{ missing | tojson }}",
    "{% for x in none %}{% endfor %}",
    "{{ none | length }}",
    "{{ 'a' + none }}",
    "{{ 'a' + missing }}",
    "{{ 'a' + 1 }}",
    "{{ 'a' + m[2].content }}",
  ]) {
    expect([source, codeOf(() => render(source))]).toEqual([source, "chat_template_failed"]);
  }
});

test("operands are evaluated once, however deep they are nested", () => {
  const depth = 60;
  expect(render(`{{ ${"(".repeat(depth)}1${" * 1)".repeat(depth)} }}`)).toBe("1");
  expect(render(`{{ ${"(".repeat(depth)}2${" % 3)".repeat(depth)} < 3 }}`)).toBe("True");
});
