// Repainting at most once a frame, however often something changes.
// @ts-check

/** In a tab in the background there are no frames: then it paints this often. */
const WITHOUT_FRAMES_MS = 250;

export class FramePainter {
  #paint;
  #frame = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {() => void} paint */
  constructor(paint) {
    this.#paint = paint;
  }

  request() {
    if (this.#frame !== 0) return;
    const run = () => {
      this.close();
      this.#paint();
    };
    this.#frame = requestAnimationFrame(run);
    this.#timer = setTimeout(run, WITHOUT_FRAMES_MS);
  }

  close() {
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#timer);
    this.#frame = 0;
  }
}
