/* The what-if page: cells drawn on one canvas, and the signs of stations and villages. */

var WORLD = 256, EQUATOR_M = 40075016.686;

function mercator(places) {
  var count = places.lon.length, x = new Float64Array(count), y = new Float64Array(count);
  for (var i = 0; i < count; i += 1) {
    var sine = Math.sin(places.lat[i] * Math.PI / 180);
    x[i] = WORLD * (places.lon[i] + 180) / 360;
    y[i] = WORLD * (0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI));
  }
  return { x: x, y: y, lat: count ? places.lat[count >> 1] : 0, lon: places.lon, lats: places.lat };
}

/* Red, green, blue, opaque, as one number of four bytes. */
function ink(colour) {
  var bytes = new Uint8ClampedArray(4);
  for (var i = 0; i < 3; i += 1) { bytes[i] = parseInt(colour.slice(1 + 2 * i, 3 + 2 * i), 16); }
  bytes[3] = 255;
  return new Uint32Array(bytes.buffer)[0];
}

/* From afar a cell is no wider than a pixel: what is reached is drawn a little wider, what
   changes wider still and last, so that a new station shows on the whole county's map. */
var LEAST_PX = [0.5, 1, 1.5];

/* Squares of cells; ``layers`` is a list of {at, cell_m, shown, colours (a number each), under
   (the colour that lies lowest), above (those that lie highest)}. */
var CellCanvas = L.Layer.extend({
  initialize: function (layers) { this.layers = layers; },
  onAdd: function (map) {
    var pane = map.createPane("fc-cells");
    pane.style.zIndex = 215; // between the land and the roads
    pane.style.opacity = 0.88;
    pane.style.pointerEvents = "none";
    this.canvas = pane.appendChild(make("canvas", "leaflet-zoom-hide"));
    map.on("moveend zoomend resize viewreset", this.draw, this);
    this.draw();
  },
  draw: function () {
    var map = this._map, size = map.getSize(), canvas = this.canvas;
    var corner = map.containerPointToLayerPoint([0, 0]);
    L.DomUtil.setPosition(canvas, corner);
    if (canvas.width !== size.x || canvas.height !== size.y) {
      canvas.width = size.x;
      canvas.height = size.y;
    }
    if (!size.x || !size.y) { return; }
    var context = canvas.getContext("2d"), picture = context.createImageData(size.x, size.y);
    var pixels = new Uint32Array(picture.data.buffer);
    var origin = map.getPixelOrigin().add(corner), scale = map.options.crs.scale(map.getZoom());
    this.layers.forEach(function (layer) {
      LEAST_PX.forEach(function (_, height) {
        if (layer.shown) { squares(pixels, size, layer, origin, scale / WORLD, height); }
      });
    });
    context.putImageData(picture, 0, 0);
  }
});

function heightOf(layer, colour) {
  return colour === layer.under ? 0 : layer.above.indexOf(colour) < 0 ? 1 : 2;
}

function squares(pixels, size, layer, origin, scale, height) {
  var at = layer.at, half = Math.max(LEAST_PX[height], scale * WORLD * layer.cell_m /
    (2 * EQUATOR_M * Math.cos(at.lat * Math.PI / 180)));
  for (var i = 0; i < at.x.length; i += 1) {
    if (heightOf(layer, layer.colours[i]) !== height) { continue; }
    var x = at.x[i] * scale - origin.x, y = at.y[i] * scale - origin.y;
    if (x < -half || y < -half || x > size.x + half || y > size.y + half) { continue; }
    var left = Math.max(0, Math.floor(x - half)), right = Math.min(size.x, Math.ceil(x + half));
    var top = Math.max(0, Math.floor(y - half)), bottom = Math.min(size.y, Math.ceil(y + half));
    for (var row = top; row < bottom; row += 1) {
      pixels.fill(layer.colours[i], row * size.x + left, row * size.x + right);
    }
  }
}

/* The corners of all cells that are gained or lost; null where none are. */
function changedBounds(layers, standard, now, before) {
  var bounds = L.latLngBounds([]);
  layers.forEach(function (layer) {
    var classes = now[layer.name], were = before[layer.name];
    for (var i = 0; i < classes.length; i += 1) {
      if ((classes[i] <= standard) !== (were[i] <= standard)) {
        bounds.extend([layer.at.lats[i], layer.at.lon[i]]);
      }
    }
  });
  return bounds.isValid() ? bounds : null;
}

/* The cell that a point lies in, -1 where there is none. */
function cellAt(layer, lat, lon) {
  var at = layer.at, best = -1, least = Infinity, wide = Math.cos(lat * Math.PI / 180);
  var reach = 0.75 * layer.cell_m / (EQUATOR_M / 360);
  for (var i = 0; i < at.x.length; i += 1) {
    var away = Math.max(Math.abs(at.lats[i] - lat), Math.abs(at.lon[i] - lon) * wide);
    if (away < least) { least = away; best = i; }
  }
  return least <= reach ? best : -1;
}

/* Colours by what changes within the standard, or by the time of the first arrival. */
function cellColours(colours, classes, before, standard, given, byTime) {
  var inks = byTime ? timeInks(given) : null, change = {};
  ["gained", "kept", "lost", "never"].forEach(function (name) {
    change[name] = ink(given.change[name]);
  });
  var pairs = [change.never, change.lost, change.gained, change.kept];
  for (var i = 0; i < classes.length; i += 1) {
    colours[i] = byTime ? inks[classes[i]]
      : pairs[(classes[i] <= standard ? 2 : 0) + (before[i] <= standard ? 1 : 0)];
  }
}

function timeInks(given) {
  var inks = new Uint32Array(256).fill(ink(given.beyond));
  given.limits_s.forEach(function (limit, place) {
    var band = given.bands.find(function (each) { return limit <= each[1]; });
    if (band) { inks[place] = ink(band[0]); }
  });
  return inks;
}

function layerOf(key, drawing) {
  return page.layers.find(function (layer) { return layer.key === key && layer.draw === drawing; });
}

function showStations(layer, given, serves) {
  layer.features.forEach(function (feature, i) {
    var row = given.drawn.stations[i], station = given.stations[row], box, use;
    box = feature.shape.options.icon.options.html;
    use = box.querySelector("use");
    var sign = station.candidate ? (serves[row] ? "fc-new" : "fc-wi-site")
      : (serves[row] ? "fc-" + station.tier : "fc-wi-shut");
    use.setAttribute("href", "#" + sign);
    box.classList.toggle("fc-wi-off", !serves[row]);
    feature.values[0] = stationWord(given, row, serves);
  });
}

function stationWord(given, row, serves) {
  var station = given.stations[row], words = given.words;
  if (!station.there) { return words.off_road; }
  if (station.candidate) { return serves[row] ? words.opened : words.not_open; }
  return serves[row] ? words.in_service : words.closed;
}

function arrivalText(given, seconds, row) {
  if (row === NOBODY) { return given.amounts.nobody; }
  var time = fill(given.amounts.minutes, { n: numberText(rounded(seconds, 1) / 60, 1) });
  return fill(given.words.arrival, { time: time, station: given.stations[row].name });
}

/* 0 newly reached, 1 reached as before, 2 no longer reached, 3 not reached. */
function villageChange(now, before, limit) {
  return now <= limit ? (before <= limit ? 1 : 0) : (before <= limit ? 2 : 3);
}

function showVillages(layer, common, given, arrived, before, limit) {
  layer.features.forEach(function (feature, i) {
    var row = given.drawn.villages[i], now = arrived.villages;
    feature.style = villageChange(now.first[row], before.villages.first[row], limit);
    feature.drawn.setStyle({ fillColor: styleOf(layer, feature).fillColor,
      color: styleOf(layer, feature).color });
    var town = common.villages_township[row];
    feature.values = [town < 0 ? null : given.townships[town].name,
      arrivalText(given, now.first[row], now.who[row]),
      arrivalText(given, now.second[row], now.next[row])];
  });
}
