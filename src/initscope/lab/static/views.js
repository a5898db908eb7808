// The views, in the order of the menu. A view has a name, a title, a line of guidance, groups of
// fields, and open(page), which returns its element and update(values).

import { byhand } from "./views/byhand.js";
import { claims } from "./views/claims.js";
import { map } from "./views/map.js";
import { models } from "./views/models.js";
import { race } from "./views/race.js";
import { signal } from "./views/signal.js";

export const views = [signal, race, map, byhand, claims, models];

export function byName(name) {
  return views.find((view) => view.name === name);
}
