// The graph of the newest blocks, drawn as SVG. Pointing at a block lights what it builds on and what builds on it.
// @ts-check
import { el, fill, svg } from "../lib/dom.js";
import { age, hash } from "../lib/format.js";
import { hideTip, showTip } from "../lib/tip.js";
import { layOut } from "./dagLayout.js";

const SIZE = 18;

export class DagView {
  element = el("div", {
    class: "dag-frame",
    tabindex: "0",
    role: "group",
    "aria-label": "Graph of the newest blocks. The list below has the same blocks.",
  });
  #shown = "";

  /** @param {readonly any[]} blocks @param {ReadonlySet<string>} heads ids of heads */
  show(blocks, heads) {
    const key = blocks.map(({ id }) => id).join() + [...heads].join();
    if (key === this.#shown) return;
    this.#shown = key;
    const wasAtEnd = this.element.scrollLeft + this.element.clientWidth >= this.element.scrollWidth - 8;
    const { places, columns, width, height } = layOut(blocks);
    const edges = [...places.values()].flatMap((place) =>
      place.block.parents.flatMap((/** @type {string} */ id) => {
        const parent = places.get(id);
        return parent === undefined ? [] : [edge(parent, place)];
      }),
    );
    const nodes = [...places.values()].map((place) => node(place, heads.has(place.block.id)));
    const picture = svg(
      "svg",
      { width, height, viewBox: `0 0 ${width} ${height}` },
      svg("g", null, ...edges),
      svg(
        "g",
        { class: "dag-axis" },
        ...columns.map((column) => svg("text", { x: column.x, y: 14 }, `height ${column.height}`)),
      ),
      svg("g", null, ...nodes),
    );
    this.#listen(picture, places);
    fill(this.element, picture);
    if (wasAtEnd) this.element.scrollLeft = this.element.scrollWidth;
  }

  /** @param {SVGElement} picture @param {Map<string, import("./dagLayout.js").Place>} places */
  #listen(picture, places) {
    picture.addEventListener("pointermove", (event) => {
      const id = idAt(event.target);
      const place = id === null ? undefined : places.get(id);
      light(picture, place === undefined ? null : id);
      if (place === undefined) return hideTip();
      const { type, slot, author, time_ms } = place.block;
      showTip(
        event,
        el("strong", null, slot ?? "model"),
        el("br"),
        `${type} ${hash(id)}`,
        el("br"),
        `by ${hash(author)}, ${age(time_ms)}`,
      );
    });
    picture.addEventListener("pointerleave", () => {
      light(picture, null);
      hideTip();
    });
    picture.addEventListener("focusin", (event) => light(picture, idAt(event.target)));
    picture.addEventListener("click", hideTip);
  }
}

/** @param {import("./dagLayout.js").Place} place @param {boolean} isHead */
function node({ block, x, y }, isHead) {
  const type = /^[a-z]+$/.test(block.type) ? block.type : "";
  const label = `${block.type} ${block.slot ?? ""} ${block.id.slice(0, 10)}${isHead ? ", head" : ""}`;
  // A link of HTML cannot stand in SVG; one of SVG opens the same page, also with the keyboard.
  return svg(
    "a",
    {
      class: `dag-node ${type}${isHead ? " head" : ""}`,
      href: `/explorer?block=${block.id}`,
      "data-id": block.id,
      "aria-label": label,
    },
    svg("rect", { x: x - SIZE / 2, y: y - SIZE / 2, width: SIZE, height: SIZE, rx: 5 }),
  );
}

/** @param {import("./dagLayout.js").Place} from @param {import("./dagLayout.js").Place} to */
function edge(from, to) {
  const middle = (from.x + to.x) / 2;
  const d = `M${from.x} ${from.y} C${middle} ${from.y} ${middle} ${to.y} ${to.x} ${to.y}`;
  return svg("path", { class: "dag-edge", d, "data-from": from.block.id, "data-to": to.block.id });
}

/** @param {SVGElement} picture @param {string | null} id */
function light(picture, id) {
  for (const lit of picture.querySelectorAll(".lit")) lit.classList.remove("lit");
  if (id === null) return;
  for (const path of picture.querySelectorAll(`[data-from="${id}"], [data-to="${id}"]`)) {
    path.classList.add("lit");
    for (const end of [path.getAttribute("data-from"), path.getAttribute("data-to")]) {
      picture.querySelector(`[data-id="${end}"]`)?.classList.add("lit");
    }
  }
}

/** @param {EventTarget | null} target */
function idAt(target) {
  return target instanceof Element ? (target.closest("[data-id]")?.getAttribute("data-id") ?? null) : null;
}
