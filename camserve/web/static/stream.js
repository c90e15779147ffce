// How pictures come to the page: one WebSocket per camera, `video-output-stream`. It sends the
// latest picture at once and then each new one, one binary message per JPEG.

const FIRST_DELAY = 500; // ms, the most that the first retry waits
const LONGEST_DELAY = 10_000; // ms

export class CameraStream {
  #cameraId;
  #onPicture;
  #socket = null;
  #timer = 0;
  #ceiling = FIRST_DELAY;
  #wanted = false;

  // Whether a picture has come on the present connection.
  flowing = false;

  // onPicture(jpeg, isFirst): an ArrayBuffer; the first of a connection may be old
  constructor(cameraId, onPicture) {
    this.#cameraId = cameraId;
    this.#onPicture = onPicture;
  }

  // Connect, and connect again whenever the connection is lost.
  open() {
    if (this.#wanted) return;
    this.#wanted = true;
    this.#connect();
  }

  close() {
    this.#wanted = false;
    this.#ceiling = FIRST_DELAY;
    this.#drop();
  }

  // There is reason to believe that the server is back: do not wait for long any more.
  hurry() {
    if (!this.#timer) return;
    this.#ceiling = FIRST_DELAY;
    this.#retryLater();
  }

  // The connection looks dead although nothing has said so.
  renew() {
    if (!this.#socket) return;
    this.#drop();
    this.#retryLater();
  }

  #connect() {
    const url = new URL("video-output-stream", document.baseURI);
    url.protocol = url.protocol.replace("http", "ws");
    const socket = new WebSocket(url);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => socket.send(clientInfo(this.#cameraId));
    socket.onmessage = ({ data }) => {
      const isFirst = !this.flowing;
      this.flowing = true;
      this.#ceiling = FIRST_DELAY;
      this.#onPicture(data, isFirst);
    };
    // An error is always followed by a close.
    socket.onclose = () => {
      this.#drop();
      this.#retryLater();
    };
    this.#socket = socket;
  }

  #drop() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.flowing = false;
    const socket = this.#socket;
    if (!socket) return;
    this.#socket = null;
    socket.onmessage = socket.onclose = null;
    if (socket.readyState === WebSocket.CONNECTING) {
      // Closing it now would put an error into the browser's log.
      socket.onopen = () => socket.close();
    } else {
      socket.close();
    }
  }

  #retryLater() {
    clearTimeout(this.#timer);
    // Full jitter: all pages lose a server in the same moment.
    const delay = Math.random() * this.#ceiling;
    this.#ceiling = Math.min(LONGEST_DELAY, this.#ceiling * 2);
    this.#timer = setTimeout(() => {
      this.#timer = 0;
      this.#connect();
    }, delay);
  }
}

// int32 little-endian length, then that many bytes of JSON.
function clientInfo(cameraId) {
  const json = new TextEncoder().encode(JSON.stringify({ token: "", cameraId }));
  const message = new Uint8Array(4 + json.length);
  new DataView(message.buffer).setInt32(0, json.length, true);
  message.set(json, 4);
  return message;
}
