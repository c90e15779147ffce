// All cameras side by side, or one of them large.

import { setText, Tile } from "./tile.js";

const REFRESH = 500; // ms between two looks at the ages
const NEAR = "300px 0px"; // tiles that are about to be scrolled into sight already get pictures
// What a listener wants to be told of; the rest passes by itself.
const NEWS = { live: "is live", stale: "sends no new pictures", offline: "is offline" };

export class Wall {
  #document;
  #parts;
  #tiles = new Map(); // id → Tile, in the order of the server
  #near = new Set(); // ids of tiles that are in sight or nearly so
  #observer;
  #hidden = false;
  #timer = 0;
  #large = null; // id of the camera that is shown large
  #shown = false; // whether there was a list of cameras already
  #scroll = 0; // where the wall was before a camera became large
  #wentLarge = false; // whether going back leads to the wall
  #told = new Map(); // id → kind that was announced last

  constructor(document) {
    const part = (id) => document.getElementById(id);
    this.#document = document;
    this.#parts = {
      wall: part("wall"),
      template: part("tile"),
      empty: part("empty"),
      summary: part("summary"),
      trouble: part("trouble"),
      news: part("news"),
      back: part("back"),
    };
    this.#observer = new IntersectionObserver((entries) => this.#scrolled(entries), {
      rootMargin: NEAR,
    });
    this.#parts.back.addEventListener("click", () => this.#leaveLarge());
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.#large !== null) this.#leaveLarge();
    });
    addEventListener("hashchange", () => this.#followAddress());
    this.#parts.summary.textContent = "Looking for cameras…";
  }

  // These are the cameras now.
  show(cameras) {
    this.#shown = true;
    this.#parts.trouble.textContent = "";
    const ids = new Set(cameras.map((camera) => camera.id));
    for (const [id, tile] of this.#tiles) if (!ids.has(id)) this.#take(id, tile);
    let place = this.#parts.wall.firstElementChild;
    for (const camera of cameras) {
      let tile = this.#tiles.get(camera.id);
      if (tile) {
        tile.update(camera);
      } else {
        tile = this.#add(camera);
      }
      if (tile.element === place) {
        place = place.nextElementSibling;
      } else {
        this.#parts.wall.insertBefore(tile.element, place);
      }
    }
    this.#parts.empty.hidden = cameras.length > 0;
    this.#parts.wall.dataset.count = cameras.length;
    this.#followAddress();
    this.#refresh();
  }

  // The server does not answer. problem: a sentence
  lost(problem) {
    this.#parts.trouble.textContent = `${problem} Trying again…`;
    for (const tile of this.#tiles.values()) tile.lost();
    this.#refresh();
  }

  // Whether nobody can see the page.
  setHidden(hidden) {
    this.#hidden = hidden;
    clearInterval(this.#timer);
    if (!hidden) this.#timer = setInterval(() => this.#refresh(), REFRESH);
    for (const id of this.#tiles.keys()) this.#watch(id);
  }

  #add(camera) {
    const tile = new Tile(this.#parts.template, camera, () => this.#toggleLarge(camera.id));
    this.#tiles.set(camera.id, tile);
    this.#observer.observe(tile.element);
    return tile;
  }

  #take(id, tile) {
    this.#observer.unobserve(tile.element);
    this.#tiles.delete(id);
    this.#near.delete(id);
    this.#told.delete(id);
    tile.remove();
  }

  #scrolled(entries) {
    for (const { target, isIntersecting } of entries) {
      const id = Number(target.dataset.camera);
      if (!this.#tiles.has(id)) continue;
      if (isIntersecting) this.#near.add(id);
      else this.#near.delete(id);
      this.#watch(id);
    }
  }

  #watch(id) {
    this.#tiles.get(id).setWatching(!this.#hidden && this.#near.has(id));
  }

  #refresh() {
    const now = performance.now();
    const news = [];
    let online = 0;
    for (const [id, tile] of this.#tiles) {
      tile.refresh(now);
      if (tile.kind === "live" || tile.camera.state === "online") online += 1;
      if (!(tile.kind in NEWS) || this.#told.get(id) === tile.kind) continue;
      if (this.#told.has(id)) news.push(`${tile.camera.name} ${NEWS[tile.kind]}.`);
      this.#told.set(id, tile.kind);
    }
    if (news.length) this.#parts.news.textContent = news.join(" ");
    if (this.#shown) setText(this.#parts.summary, this.#summary(online));
  }

  // online: how many cameras show it, or were called so when the server last answered
  #summary(online) {
    const total = this.#tiles.size;
    if (total === 0) return "";
    const cameras = total === 1 ? "1 camera" : `${total} cameras`;
    return this.#parts.trouble.textContent ? cameras : `${cameras}, ${online} online`;
  }

  // -- one camera large: the address says which, so that Back leads to the wall ---------------

  #toggleLarge(id) {
    if (this.#large !== null) {
      this.#leaveLarge();
    } else {
      this.#wentLarge = true;
      location.hash = `camera-${id}`;
    }
  }

  #leaveLarge() {
    if (this.#wentLarge) {
      history.back();
    } else {
      history.replaceState(null, "", location.pathname + location.search);
      this.#followAddress();
    }
  }

  #followAddress() {
    const id = Number(/^#camera-(\d+)$/.exec(location.hash)?.[1]);
    const large = this.#tiles.has(id) ? id : null;
    const before = this.#large;
    if (large === before) return;
    if (before === null) this.#scroll = scrollY;
    this.#large = large;
    this.#tiles.get(before)?.setLarge(false);
    this.#tiles.get(large)?.setLarge(true);
    this.#document.documentElement.classList.toggle("one", large !== null);
    this.#parts.back.hidden = large === null;
    this.#document.title = large === null ? "camserve" : `${this.#tiles.get(large).camera.name} – camserve`;
    if (large === null) {
      this.#wentLarge = false;
      scrollTo(0, this.#scroll);
    }
    this.#tiles.get(large ?? before)?.focus();
  }
}
