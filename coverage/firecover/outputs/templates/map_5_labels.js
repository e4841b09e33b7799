/* Names on the map: which of them show, and where. (the map_*.js files are joined into one script, in one function: see maps/render.py) */

function Labels(map) {
  this.map = map;
  this.items = [];
  map.createPane("fc-labels").style.zIndex = 640;
  map.getPane("fc-labels").style.pointerEvents = "none";
}

Labels.prototype.add = function (group, at, text, kind, order, from) {
  var box = put(make("span", "fc-label fc-label-" + kind), text);
  var marker = L.marker(at, { pane: "fc-labels", interactive: false, keyboard: false,
    icon: L.divIcon({ className: "fc-label-icon", html: box, iconSize: [0, 0] }) });
  this.items.push({ marker: marker, box: box, order: order, from: from,
    yields: kind === "township" });
  group.addLayer(marker);
  return box;
};

/* Below a name on the map stands what the chosen figure says of it. */
function labelFigure(feature) {
  var told = figureOf(feature);
  if (!feature.box || !told) { return; }
  var line = feature.box.querySelector(".fc-label-figure") ||
    feature.box.appendChild(make("b", "fc-label-figure"));
  line.textContent = "";
  put(line, told[1]);
}

function apart(box, other) {
  return box.right + GAP_PX < other.left || box.left - GAP_PX > other.right ||
    box.bottom < other.top || box.top > other.bottom;
}

function within(box, frame) {
  return box.left >= frame.left && box.right <= frame.right && box.top >= frame.top &&
    box.bottom <= frame.bottom;
}

function shifted(box, by) {
  return { left: box.left + by[0], right: box.right + by[0], top: box.top + by[1],
    bottom: box.bottom + by[1] };
}

function meet(box, others) {
  return others.filter(function (other) { return !apart(box, other); }).length;
}

/* Where the name of an area may stand within it, the nearest places first. */
var SHIFTS = [0, -15, 15, -22, 22, -30, 30].reduce(function (found, down) {
  return found.concat([0, -18, 18, -36, 36].map(function (aside) { return [aside, down]; }));
}, []).sort(function (a, b) { return Math.hypot(a[0], a[1]) - Math.hypot(b[0], b[1]); });

/* The areas that hold a name at its own place; none where the page has no such layer. */
function areasAround(item) {
  if (!item.areas) {
    var at = item.marker.getLatLng();
    item.areas = [];
    page.layers.forEach(function (layer) {
      if (layer.draw !== "areas" || !layer.search || item.areas.length) { return; }
      layer.features.forEach(function (feature) {
        if (areasHold(feature.areas, at.lat, at.lng)) { item.areas = feature.areas; }
      });
    });
  }
  return item.areas;
}

/* Whether a moved name still stands in its area; anywhere, where no area is known. */
Labels.prototype.keepsTo = function (item, shift) {
  if (!shift[0] && !shift[1]) { return true; }
  var at = item.marker.getLatLng(), point = this.map.latLngToContainerPoint(at).add(shift);
  var moved = this.map.containerPointToLatLng(point);
  var areas = areasAround(item);
  return !areas.length || areasHold(areas, moved.lat, moved.lng);
};

/* Where labels would cover one another, the more important one stays; the name of an area
   makes way for signs first. */
Labels.prototype.arrange = function () {
  var map = this.map, mine = this, kept = [], signs = [];
  var frame = map.getContainer().getBoundingClientRect();
  map.getContainer().querySelectorAll(".fc-marker svg").forEach(function (sign) {
    signs.push(sign.getBoundingClientRect());
  });
  var shown = this.items.filter(function (item) { return map.hasLayer(item.marker); });
  shown.forEach(function (item) {
    item.box.style.visibility = "hidden";
    item.box.style.margin = "0";
  });
  shown.sort(function (a, b) { return a.order - b.order; });
  shown.forEach(function (item) {
    if (map.getZoom() < item.from || item.box.classList.contains("fc-label-off")) { return; }
    var box = item.box.getBoundingClientRect();
    var by = null, fewest = Infinity; // the signs that it would cover
    (item.yields ? SHIFTS : SHIFTS.slice(0, 1)).forEach(function (shift) {
      var moved = shifted(box, shift);
      if (!fewest || meet(moved, kept) || !mine.keepsTo(item, shift)) { return; }
      var covered = meet(moved, signs) + (within(moved, frame) ? 0 : 1);
      if (covered < fewest) { fewest = covered; by = shift; }
    });
    if (!by) { return; }
    item.box.style.margin = by[1] + "px 0 0 " + by[0] + "px";
    item.box.style.visibility = "visible";
    kept.push(shifted(box, by));
  });
};
