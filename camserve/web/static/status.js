// What may be said of a camera. The server's word and the pictures that come decide together: only
// pictures that were new and came in time are live, whatever the server says; and without them the
// server knows best why. Times are in ms of performance.now().

// camera: from the directory; progress: a Progress; watching: whether pictures are asked for;
// flowing: whether one has come since; reachable: whether the server answers
// Returns { kind, word, detail, age }: kind names colour and shape, age is the text on a picture
// that is not live ("" for one that is, or none).
export function judge({ now, camera, progress, watching, flowing, reachable }) {
  const age = pictureAge(now, camera, progress);
  const inTime = age !== null && age < progress.patience();
  const newerThanWord = progress.isNew && progress.at > camera.heardAt;
  if (inTime && flowing && (camera.state === "online" || newerThanWord)) {
    return { kind: "live", word: "live", detail: speed(now, age, progress), age: "" };
  }
  return {
    ...reason({ now, camera, progress, watching, flowing, reachable, age }),
    age: age === null ? "" : `${duration(age)} old`,
  };
}

function reason({ now, camera, progress, watching, flowing, reachable, age }) {
  const since = lastSign(camera, progress);
  if (!reachable) {
    return {
      kind: "lost",
      word: "no connection",
      detail: since === null ? "" : `since ${timeOfDay(now, since)}`,
    };
  }
  if (camera.state !== "online") {
    if (since !== null) {
      return { kind: camera.state, word: camera.state, detail: `since ${timeOfDay(now, since)}` };
    }
    if (camera.state === "stale") {
      return { kind: "waiting", word: "no picture yet", detail: "connected" };
    }
    return { kind: "offline", word: "offline", detail: "no picture yet" };
  }
  if (!watching) return { kind: "paused", word: "online", detail: "out of sight" };
  if (!flowing || age === null) return { kind: "waiting", word: "connecting", detail: "" };
  return { kind: "delayed", word: "delayed", detail: `no new picture for ${duration(age)}` };
}

function pictureAge(now, camera, progress) {
  if (progress.at === null) return null;
  const shown = now - progress.at;
  if (progress.isNew || camera.lastActive === null) return shown;
  return Math.max(shown, now - camera.lastActive);
}

function lastSign(camera, progress) {
  if (progress.at === null || !progress.isNew) return camera.lastActive ?? progress.at;
  return Math.max(progress.at, camera.lastActive ?? 0);
}

function speed(now, age, progress) {
  const fps = progress.fps(now);
  if (fps === null || fps < 1) return `picture ${duration(age)} old`;
  return `${Math.round(fps)} fps`;
}

export function duration(ms) {
  const seconds = Math.floor(ms / 1000);
  if (seconds < 1) return "under 1 s";
  if (seconds < 100) return `${seconds} s`;
  if (seconds < 100 * 60) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86400)} days`;
}

function timeOfDay(now, at) {
  const wall = new Date();
  const moment = new Date(wall - (now - at));
  const time = moment.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  if (moment.toDateString() === wall.toDateString()) return time;
  return `${moment.toLocaleDateString([], { dateStyle: "medium" })}, ${time}`;
}
