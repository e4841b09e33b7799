/* The background: hill-shade, and tiles from the web where a reader ticks them. (the map_*.js files are joined into one script, in one function: see maps/render.py) */

var FAILURES = 3; // of the first tiles, after which there is no more waiting
var PATIENCE_MS = 12000;
var online = null; // the tiles that are shown

function inputs(name) { return document.querySelectorAll("input[data-" + name + "]"); }

function setNote(which) {
  document.querySelectorAll("[data-tiles-note]").forEach(function (note) {
    note.hidden = note.getAttribute("data-tiles-note") !== which;
  });
}

function takeTilesOff(map, failed) {
  if (!online) { return; }
  var given = online;
  online = null; // first: taking a layer off tells of its tiles once more
  window.clearTimeout(given.timer);
  given.layers.forEach(function (layer) { map.removeLayer(layer.off()); });
  given.credit.remove();
  map.getContainer().classList.remove("fc-online");
  inputs("tiles").forEach(function (box) { box.checked = false; });
  setNote(failed ? "failed" : "");
}

function tileCredit(map, credit) {
  var box = make("span", "fc-tiles-credit");
  var link = credit.href ? box.appendChild(make("a")) : box;
  if (credit.href) {
    link.href = credit.href;
    link.rel = "noopener";
  }
  put(link, credit.text);
  box.appendChild(document.createTextNode(" · "));
  return map.attributionControl.getContainer().insertBefore(box,
    map.attributionControl.getContainer().firstChild);
}

function putTilesOn(map, set) {
  var seen = false, failures = 0;
  function giveUp() { if (online === mine && !seen) { takeTilesOff(map, true); } }
  var mine = { credit: tileCredit(map, set.credit), timer: window.setTimeout(giveUp, PATIENCE_MS) };
  online = mine;
  map.getContainer().classList.add("fc-online");
  mine.layers = set.urls.map(function (url) {
    return L.tileLayer(url, { subdomains: set.servers || "abc", maxNativeZoom: set.max_zoom,
      maxZoom: map.getMaxZoom(), referrerPolicy: "strict-origin-when-cross-origin" });
  });
  mine.layers.forEach(function (layer) {
    layer.on("tileload", function () { seen = true; });
    layer.on("tileerror", function () {
      failures += 1;
      if (failures >= FAILURES) { giveUp(); }
    });
    layer.on("load", giveUp); // all have come or failed
  });
  mine.layers.forEach(function (layer) { if (online === mine) { map.addLayer(layer); } });
}

function chooseTiles(map, box) {
  var wanted = box.checked, set = page.tiles[Number(box.getAttribute("data-tiles"))];
  var site = window.location.protocol !== "file:";
  takeTilesOff(map, false);
  setNote("");
  if (!wanted) { return; }
  if (!navigator.onLine || (set.site_only && !site)) {
    box.checked = false;
    setNote(navigator.onLine ? "site" : "failed");
    return;
  }
  box.checked = true;
  putTilesOn(map, set);
}

/* From near by, the picture's pixels show: it gives way to the roads. */
function fadeRelief(map) {
  var near = Math.max(0, map.getZoom() - 12);
  map.getPane("fc-relief").style.opacity = Math.max(0.35, 1 - 0.3 * near);
}

function listenToGround(map) {
  map.on("zoomend", function () { fadeRelief(map); });
  fadeRelief(map);
  inputs("relief").forEach(function (box) {
    function show() { map.getPane("fc-relief").style.display = box.checked ? "" : "none"; }
    box.addEventListener("change", show);
    show();
  });
  inputs("tiles").forEach(function (box) {
    box.checked = false; // a browser may remember: nothing is asked for unasked
    box.addEventListener("change", function () { chooseTiles(map, box); });
  });
  window.addEventListener("offline", function () { takeTilesOff(map, true); });
}
