// Which cameras there are and what the server knows of them: GET cameras, again and again.

const INTERVAL = 2000; // ms between an answer and the next question
const TIMEOUT = 5000; // ms that an answer may take

export class Directory {
  #onCameras;
  #onLost;
  #timer = 0;
  #question = null; // AbortController of the request that is under way

  // onCameras(cameras): what the server says, with lastActive and heardAt in ms of performance.now()
  // onLost(problem): it did not answer; a sentence for a person
  constructor({ onCameras, onLost }) {
    this.#onCameras = onCameras;
    this.#onLost = onLost;
  }

  start() {
    if (!this.#timer && !this.#question) this.#ask();
  }

  stop() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#question?.abort();
    this.#question = null;
  }

  async #ask() {
    const question = new AbortController();
    this.#question = question;
    const tooLong = setTimeout(() => question.abort(), TIMEOUT);
    let tell;
    try {
      const cameras = await fetchCameras(question.signal);
      tell = () => this.#onCameras(cameras);
    } catch (error) {
      const problem = error instanceof ServerError ? error.message : "The server does not answer.";
      tell = () => this.#onLost(problem);
    } finally {
      clearTimeout(tooLong);
    }
    if (this.#question !== question) return; // stopped, and perhaps started again, meanwhile
    this.#question = null;
    // Up to a fifth later: pages that lost the server together come back one after the other.
    this.#timer = setTimeout(() => this.#next(), INTERVAL * (1 + Math.random() / 5));
    tell();
  }

  #next() {
    this.#timer = 0;
    this.#ask();
  }
}

class ServerError extends Error {}

async function fetchCameras(signal) {
  const response = await fetch("cameras", { cache: "no-store", signal });
  if (!response.ok) throw new ServerError(`The server answers with error ${response.status}.`);
  const cameras = await response.json();
  const heardAt = performance.now();
  // The server's own clock: the two machines need not agree on what time it is.
  const serverNow = Date.parse(response.headers.get("date")) || Date.now();
  return cameras.map((camera) => ({
    ...camera,
    heardAt,
    lastActive: camera.last_active
      ? heardAt - Math.max(0, serverNow - Date.parse(camera.last_active))
      : null,
  }));
}
