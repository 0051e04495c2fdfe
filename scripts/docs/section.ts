/** Generated parts of pages: `<!-- begin NAME -->` … `<!-- end NAME -->`. */

/** `page` with the generated section `name` replaced by `content`. Throws when the page has no such section. */
export function replaceSection(page: string, name: string, content: string): string {
  const [before, after] = split(page, name);
  return `${before}\n${content}\n${after}`;
}

/** The generated section `name` of `page`. */
export function readSection(page: string, name: string): string {
  const [before, after] = split(page, name);
  return page.slice(before.length + 1, page.length - after.length - 1);
}

/** What comes before and after the section, with the two markers. */
function split(page: string, name: string): [string, string] {
  const begin = `<!-- begin ${name} -->`;
  const beginAt = page.indexOf(begin);
  const endAt = page.indexOf(`<!-- end ${name} -->`);
  if (beginAt < 0 || endAt < beginAt) throw new Error(`page: expected a section "${name}", got none`);
  return [page.slice(0, beginAt + begin.length), page.slice(endAt)];
}
