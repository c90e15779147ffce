// Is the picture moving? Times are in ms of performance.now().

const FPS_WINDOW = 3000; // ms
const INTERVALS = 8; // that the camera's own rhythm is taken from
const LEAST_PATIENCE = 3000; // ms; shorter gaps happen on any wireless network
const MOST_PATIENCE = 10_000; // ms; the server's own limit for a silent camera

export class Progress {
  #arrivals = []; // of pictures that were new, oldest first

  // When the picture on the canvas arrived; null: there is none.
  at = null;
  // Whether it was new when it arrived. The first of a connection is only the latest there is.
  isNew = false;

  drawn(at, isFirst) {
    this.at = at;
    this.isNew = !isFirst;
    if (isFirst) this.#arrivals = [];
    this.#arrivals.push(at);
    const oldest = at - FPS_WINDOW;
    while (this.#arrivals.length > INTERVALS + 1 && this.#arrivals[0] < oldest) {
      this.#arrivals.shift();
    }
  }

  // New pictures per second of late; null when there are too few to say.
  fps(now) {
    const recent = this.#arrivals.filter((at) => at >= now - FPS_WINDOW);
    if (recent.length < 2) return null;
    return ((recent.length - 1) * 1000) / (recent.at(-1) - recent[0]);
  }

  // For how long a new picture may stay out before this one is not called live any more.
  patience() {
    const recent = this.#arrivals.slice(-INTERVALS - 1);
    if (recent.length < 2) return LEAST_PATIENCE;
    const interval = (recent.at(-1) - recent[0]) / (recent.length - 1);
    return Math.min(MOST_PATIENCE, Math.max(LEAST_PATIENCE, 3 * interval));
  }
}
