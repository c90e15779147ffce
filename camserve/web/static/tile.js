// One camera on the wall: its picture, its name, and what may be said of it.

import { Picture } from "./picture.js";
import { Progress } from "./progress.js";
import { judge } from "./status.js";
import { CameraStream } from "./stream.js";

// A connection without pictures for this long, while the server got new ones, is a dead one.
const DEAD_AFTER = 8000; // ms

export class Tile {
  #template;
  #parts;
  #stream;
  #picture;
  #progress = new Progress();
  #watching = false;
  #watchingSince = 0;
  #reachable = true;

  // What the server said last; see directory.js.
  camera;
  element;
  kind = "";

  // onOpen(): the person wants to see this camera large, or small again
  constructor(template, camera, onOpen) {
    this.element = template.content.firstElementChild.cloneNode(true);
    const part = (name) => this.element.querySelector(`.${name}`);
    this.#parts = {
      view: part("view"),
      canvas: this.element.querySelector("canvas"),
      placeholder: part("placeholder"),
      age: part("age"),
      name: part("name"),
      status: part("status"),
      word: part("word"),
      detail: part("detail"),
      description: part("description"),
    };
    const { view, name, status, canvas } = this.#parts;
    name.id = `name-${camera.id}`;
    status.id = `status-${camera.id}`;
    view.setAttribute("aria-labelledby", name.id);
    view.setAttribute("aria-describedby", status.id);
    view.addEventListener("click", onOpen);
    this.element.dataset.camera = camera.id;
    this.#picture = new Picture(canvas, (at, isFirst) => this.#drawn(at, isFirst));
    this.#stream = new CameraStream(camera.id, (jpeg, isFirst) => {
      this.#picture.offer(jpeg, performance.now(), isFirst);
    });
    this.camera = camera;
    this.update(camera);
  }

  // The server said something about the camera.
  update(camera) {
    // A server that was started again knows less than we do.
    this.camera = { ...camera, lastActive: camera.lastActive ?? this.camera.lastActive };
    setText(this.#parts.name, camera.name);
    setText(this.#parts.description, camera.description);
    this.#parts.view.title = camera.description ? `${camera.name}\n${camera.description}` : camera.name;
    if (!this.#reachable) {
      this.#reachable = true;
      this.#stream.hurry();
    }
    this.refresh();
  }

  // The server does not answer.
  lost() {
    this.#reachable = false;
    this.refresh();
  }

  // Ask for pictures or not: a tile out of sight needs none.
  setWatching(watching) {
    if (watching === this.#watching) return;
    this.#watching = watching;
    this.#watchingSince = performance.now();
    if (watching) {
      this.#stream.open();
    } else {
      this.#stream.close();
      this.#picture.forget();
    }
    this.refresh();
  }

  setLarge(large) {
    this.element.classList.toggle("large", large);
    this.#parts.view.setAttribute("aria-expanded", large);
  }

  focus() {
    this.#parts.view.focus({ preventScroll: true });
  }

  // Time has passed: ages grow, and what was live may be so no more.
  refresh(now = performance.now()) {
    const { kind, word, detail, age } = judge({
      now,
      camera: this.camera,
      progress: this.#progress,
      watching: this.#watching,
      flowing: this.#stream.flowing,
      reachable: this.#reachable,
    });
    this.kind = kind;
    if (this.element.dataset.kind !== kind) this.element.dataset.kind = kind;
    setText(this.#parts.word, word);
    setText(this.#parts.detail, detail);
    setText(this.#parts.age, age);
    if (this.#progress.at === null) setText(this.#parts.placeholder, word === "offline" ? detail : word);
    if (this.#looksDead(now)) {
      this.#watchingSince = now;
      this.#stream.renew();
    }
  }

  remove() {
    this.setWatching(false);
    this.element.remove();
  }

  #drawn(at, isFirst) {
    const { canvas, placeholder } = this.#parts;
    canvas.hidden = false;
    placeholder.hidden = true;
    this.#progress.drawn(at, isFirst);
    if (this.kind !== "live") this.refresh();
  }

  #looksDead(now) {
    const last = Math.max(this.#progress.at ?? 0, this.#watchingSince);
    return (
      this.#watching &&
      this.#reachable &&
      this.camera.state === "online" &&
      now - last > DEAD_AFTER &&
      this.camera.lastActive - last > DEAD_AFTER / 2
    );
  }
}

// Writing the same text again would cost a layout.
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
