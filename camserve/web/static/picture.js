// JPEGs become pixels: decoded off the main thread, one at a time, the newest next.

export class Picture {
  #canvas;
  #context;
  #onDrawn;
  #next = null; // what has come while another is being decoded; a newer one replaces it
  #decoding = false;

  // onDrawn(arrivedAt, isFirst): a picture is on the canvas
  constructor(canvas, onDrawn) {
    this.#canvas = canvas;
    this.#context = canvas.getContext("2d", { alpha: false });
    this.#onDrawn = onDrawn;
  }

  // arrivedAt: ms of performance.now()
  offer(jpeg, arrivedAt, isFirst) {
    this.#next = { jpeg, arrivedAt, isFirst };
    if (!this.#decoding) this.#decode();
  }

  // What is being decoded now will not be shown any more.
  forget() {
    this.#next = null;
  }

  async #decode() {
    this.#decoding = true;
    while (this.#next) {
      const { jpeg, arrivedAt, isFirst } = this.#next;
      this.#next = null;
      try {
        const bitmap = await createImageBitmap(new Blob([jpeg], { type: "image/jpeg" }));
        this.#draw(bitmap);
        bitmap.close();
      } catch {
        continue; // A damaged picture: the last good one stays, and its age is shown.
      }
      this.#onDrawn(arrivedAt, isFirst);
    }
    this.#decoding = false;
  }

  #draw(bitmap) {
    const canvas = this.#canvas;
    // Setting a size clears the canvas, so only when it changed.
    if (canvas.width !== bitmap.width || canvas.height !== bitmap.height) {
      canvas.width = bitmap.width;
      canvas.height = bitmap.height;
    }
    this.#context.drawImage(bitmap, 0, 0);
  }
}
