/**
 * What stands around the text of `/docs`: the head and the bar of the other pages (frontend/*.html), line by line, so that
 * the theme switch and the node's state are here too. A node without the pages' files gets neither bar nor script.
 */

const TITLE = "HTTP API · AI-Block";

/** @param main HTML that belongs into `<main>` */
export function framePage(main: string, hasPages: boolean): string {
  return hasPages ? withBar(main) : plain(main);
}

function plain(main: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${TITLE}</title>
<link rel="stylesheet" href="/docs/style.css">
</head>
<body>
<main>
${main}
</main>
</body>
</html>
`;
}

function withBar(main: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="description" content="Every address of this AI-Block node, with its fields and a line to try it with.">
<title>${TITLE}</title>
<link rel="icon" href="/favicon.svg" type="image/svg+xml">
<link rel="preload" href="/vendor/inter.woff2" as="font" type="font/woff2" crossorigin>
<link rel="stylesheet" href="/styles/tokens.css">
<link rel="stylesheet" href="/styles/base.css">
<link rel="stylesheet" href="/styles/controls.css">
<link rel="stylesheet" href="/styles/shell.css">
<link rel="stylesheet" href="/docs/style.css">
<script src="/lib/themeChoice.js"></script>
<script type="module" src="/docs/main.js"></script>
</head>
<body>
<a class="skip" href="#main">Go to the content</a>
<header class="topbar">
<a class="brand" href="/"><img src="/favicon.svg" alt="" width="24" height="24"><span>AI-Block</span></a>
<nav aria-label="Pages">
<a href="/">Chat</a>
<a href="/dashboard">Dashboard</a>
<a href="/explorer">Explorer</a>
<a href="/docs" aria-current="page">API</a>
</nav>
<div class="topbar-end">
<a class="node-state" id="node-state" href="/dashboard"><span class="dot" id="node-dot"></span><span id="node-words">Connecting</span></a>
<button class="icon-button" id="theme" type="button"></button>
</div>
</header>
<div class="lost-bar" id="lost" role="status" hidden></div>
<main id="main">
${main}
</main>
</body>
</html>
`;
}
