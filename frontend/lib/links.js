// Links into the block explorer.
// @ts-check
import { el } from "./dom.js";
import { hash } from "./format.js";

/** @param {string} id */
export function blockLink(id) {
  return el("a", { class: "mono", href: `/explorer?block=${id}`, title: `Block ${id}` }, hash(id));
}

/** @param {string} key */
export function authorLink(key) {
  return el("a", { class: "mono", href: `/explorer?author=${key}`, title: `Author ${key}` }, hash(key));
}

/** @param {string} model @param {string} slot */
export function slotLink(model, slot) {
  return el("a", { href: `/explorer?model=${model}&slot=${encodeURIComponent(slot)}` }, slot);
}

/** @param {string} root */
export function stateLink(root) {
  return el("a", { class: "mono", href: `/explorer?state=${root}`, title: `State ${root}` }, hash(root));
}

/** @param {string} type of a block */
export function typeMark(type) {
  return el("span", { class: `type ${/^[a-z]+$/.test(type) ? type : ""}` }, type);
}
