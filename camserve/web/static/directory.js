// Which cameras there are and what the server knows of them: GET cameras, again and again.

const INTERVAL = 2000; // ms between an answer and the next question
const TIMEOUT = 5000; // ms that an answer may take

export class Directory {
  #onCameras;
  #onLost;
  #onEnded;
  #timer = 0;
  #question = null; // AbortController of the request that is under way

  // onCameras(cameras): what the server says, with lastActive and heardAt in ms of performance.now()
  // onLost(problem): it did not answer; a sentence for a person
  // onEnded(): it answers, but not to this browser: the session is over
  constructor({ onCameras, onLost, onEnded }) {
    this.#onCameras = onCameras;
    this.#onLost = onLost;
    this.#onEnded = onEnded;
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
      if (error instanceof EndedError && this.#question === question) {
        this.stop();
        this.#onEnded();
        return;
      }
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
class EndedError extends Error {}

async function fetchCameras(signal) {
  // Said to be a script, it is not answered with the browser's own window for passwords.
  const headers = { "X-Requested-With": "fetch" };
  const response = await fetch("cameras", { cache: "no-store", headers, signal });
  if (response.status === 401) throw new EndedError();
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
