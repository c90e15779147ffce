// The page: a directory that knows which cameras there are, and a wall that shows them.

import { Directory } from "./directory.js";
import { Wall } from "./wall.js";

const wall = new Wall(document);
const directory = new Directory({
  onCameras: (cameras) => wall.show(cameras),
  onLost: (problem) => wall.lost(problem),
  onEnded: () => location.replace("login?ended"),
});

function followVisibility() {
  // Nobody sees a hidden page: it asks for nothing.
  if (document.hidden) {
    directory.stop();
  } else {
    directory.start();
  }
  wall.setHidden(document.hidden);
}

document.addEventListener("visibilitychange", followVisibility);
followVisibility();
