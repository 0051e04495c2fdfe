// Keeps the view at the end of the conversation while the reader is there. It looks at sizes only when the browser has just
// laid the page out: asking for them in between would cost a layout each time.
// @ts-check

/** How near the end counts as being there. */
const NEAR_PX = 64;
/** A move this soon after a wheel, a touch or a key is the reader's. */
const READER_MS = 1000;

export class EndFollower {
  #scroll;
  #toEnd;
  #following = true;
  #lastTop = 0;
  /** When the reader last moved something. */
  #touchedMs = 0;

  /** @param {{ scroll: HTMLElement, list: HTMLElement, toEnd: HTMLElement }} elements */
  constructor({ scroll, list, toEnd }) {
    this.#scroll = scroll;
    this.#toEnd = toEnd;
    for (const type of ["wheel", "touchmove", "keydown", "pointerdown"]) {
      scroll.addEventListener(type, () => (this.#touchedMs = performance.now()), { passive: true });
    }
    scroll.addEventListener("scroll", () => this.#noticeScroll(), { passive: true });
    toEnd.addEventListener("click", () => this.goToEnd());
    // The list grows while an answer is written, and the frame shrinks when the keyboard of a phone opens.
    const observer = new ResizeObserver(() => this.#follow());
    observer.observe(list);
    observer.observe(scroll);
  }

  goToEnd() {
    this.#following = true;
    this.#follow();
  }

  /** The view stays where it is, whatever comes below: until the reader goes to the end. */
  stay() {
    this.#following = false;
  }

  #follow() {
    if (this.#following) this.#scroll.scrollTop = this.#scroll.scrollHeight;
    this.#toEnd.hidden = this.#following || this.#distance() <= NEAR_PX;
  }

  /** Only a move upwards that follows a touch is the reader's: the browser moves the view, too, when heights change. */
  #noticeScroll() {
    const top = this.#scroll.scrollTop;
    if (this.#distance() <= NEAR_PX) this.#following = true;
    else if (top < this.#lastTop && performance.now() - this.#touchedMs < READER_MS) this.#following = false;
    this.#lastTop = top;
    this.#toEnd.hidden = this.#following;
  }

  #distance() {
    return this.#scroll.scrollHeight - this.#scroll.clientHeight - this.#scroll.scrollTop;
  }
}
