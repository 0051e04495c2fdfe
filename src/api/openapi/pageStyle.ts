/** How `/docs` looks. With the pages it takes their colours and type; without them, the browser's own. */
export const DOCS_STYLE = `:root { color-scheme: light dark; }
body { margin: 0; background: var(--ground, Canvas); color: var(--ink, CanvasText); font: 400 15px/1.55 var(--font, system-ui, sans-serif); }
main { max-width: 60rem; margin: 0 auto; padding: 40px 24px 72px; }
h1, h2 { line-height: 1.25; letter-spacing: -.02em; }
h2 { margin: 48px 0 12px; scroll-margin-top: 72px; font-size: 1.2rem; }
a { color: var(--accent, LinkText); }
.lead { max-width: 44rem; margin: 8px 0 20px; color: var(--ink-2, inherit); }
.parts { display: flex; flex-wrap: wrap; gap: 8px; margin: 0; padding: 0; list-style: none; }
.parts a { display: block; padding: 4px 12px; border: 1px solid var(--line, #8884); border-radius: 99px; color: var(--ink-2, inherit); font-size: .8125rem; text-decoration: none; }
.parts a:hover { border-color: var(--accent, currentcolor); color: var(--ink, inherit); }
.routes { overflow: hidden; border: 1px solid var(--line, #8884); border-radius: 16px; background: var(--surface, transparent); }
.routes details + details { border-top: 1px solid var(--line, #8884); }
summary { display: grid; grid-template-columns: 64px minmax(13rem, max-content) 1fr; gap: 2px 16px; align-items: baseline; padding: 12px 20px; cursor: pointer; list-style: none; }
summary::-webkit-details-marker { display: none; }
summary:hover, details[open] > summary { background: var(--hover, #8881); }
.method { color: var(--ink-3, inherit); font: 600 .75rem/1.5 var(--mono, ui-monospace, monospace); }
.get { color: var(--accent, inherit); }
.delete { color: var(--red, inherit); }
.path { overflow-wrap: anywhere; font-weight: 550; }
.what { color: var(--ink-2, inherit); font-size: .8125rem; }
.about { padding: 4px 20px 20px; }
.about h3 { margin: 20px 0 6px; font-size: .8125rem; }
.about p { margin: 10px 0 0; color: var(--ink-2, inherit); font-size: .8125rem; }
.about details { margin-top: 12px; font-size: .8125rem; }
.about details summary { display: list-item; padding: 0; background: none; color: var(--accent, inherit); list-style: disclosure-closed inside; }
.about details[open] > summary { list-style-type: disclosure-open; }
code, pre { font-family: var(--mono, ui-monospace, monospace); font-size: .8125rem; }
pre { overflow-x: auto; margin: 8px 0 0; padding: 12px 16px; border-radius: 10px; background: var(--sunken, #8881); line-height: 1.5; }
.frame { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: .8125rem; }
th, td { padding: 6px 16px 6px 0; border-bottom: 1px solid var(--line, #8884); text-align: left; vertical-align: baseline; }
th { color: var(--ink-3, inherit); font-weight: 500; }
tr:last-child > td { border-bottom: 0; }
td:first-child { white-space: nowrap; }
.needed { color: var(--amber, inherit); font-size: .75rem; }
@media (max-width: 760px) {
  main { padding: 24px 16px 48px; }
  summary { grid-template-columns: 56px 1fr; padding: 12px 16px; }
  .what { grid-column: 1 / -1; }
  .about { padding: 4px 16px 16px; }
  thead { display: none; }
  tr { display: grid; grid-template-columns: auto 1fr; gap: 0 12px; padding: 6px 0; border-bottom: 1px solid var(--line, #8884); }
  td { padding: 0; border: 0; }
  td:nth-child(2) { color: var(--ink-2, inherit); text-align: right; }
  td:nth-child(3) { grid-column: 1 / -1; color: var(--ink-2, inherit); }
  tr:last-child { border-bottom: 0; }
}
`;
