/* What a reader does with a map: click, search, print. (the map_*.js files are joined into one script, in one function: see maps/render.py) */

/* ----------------------------------------------------------------- what a click tells */

function listenToClicks(map) {
  if (!page.click) { return; }
  map.on("click", function (event) {
    var best = null;
    page.layers.forEach(function (layer) {
      if (layer.draw !== "bands" || layer.scenario !== state.scenario) { return; }
      layer.features.forEach(function (feature) { // the widest comes first
        if (areasHold(feature.areas, event.latlng.lat, event.latlng.lng)) { best = feature; }
      });
    });
    var content = put(make("div", "fc-popup"), best ? best.name : page.click);
    L.popup({ maxWidth: 260 }).setLatLng(event.latlng).setContent(content).openOn(map);
  });
}

/* ------------------------------------------------------------------------------- search */

function show(map, labels, layer, feature) {
  var box = document.querySelector('input[data-layer="' + layer.key + '"]');
  if (box && !box.checked) {
    box.checked = true;
    state.checked[layer.key] = true;
    refresh(map, labels);
  }
  document.body.classList.remove("fc-side-open");
  if (layer.draw === "areas") {
    map.fitBounds(feature.drawn.getBounds(), { maxZoom: 13, animate: false });
  } else {
    map.setView(unpack(feature.form)[0], Math.max(map.getZoom(), 13), { animate: false });
  }
  if (feature.shape) {
    feature.shape.openPopup();
  } else { // found by its name only: the page says no more of it
    L.popup().setLatLng(feature.drawn.getBounds().getCenter())
      .setContent(popupContent(layer, feature)).openOn(map);
  }
}

function normal(text) { return text.toLowerCase().replace(/\s+/g, ""); }

function find(text) {
  var wanted = normal(text), found = [];
  if (!wanted) { return found; }
  page.layers.forEach(function (layer) {
    if (!layer.search || (layer.scenario !== null && layer.scenario !== state.scenario)) {
      return;
    }
    layer.features.forEach(function (feature) {
      var names = Array.isArray(feature.name) ? feature.name : [feature.name];
      var at = Math.min.apply(null, names.map(function (name) {
        var place = normal(name).indexOf(wanted);
        return place < 0 ? Infinity : place;
      }));
      if (at < Infinity) { found.push({ layer: layer, feature: feature, at: at }); }
    });
  });
  found.sort(function (a, b) { return a.at - b.at; });
  return found.slice(0, 8);
}

function listenToSearch(map, labels) {
  var input = document.getElementById("fc-search"), list = document.getElementById("fc-found");
  var chosen = -1, found = [];
  function close() { list.hidden = true; chosen = -1; }
  function pick(item) {
    close();
    input.value = inLanguage(item.feature.name, state.language);
    show(map, labels, item.layer, item.feature);
  }
  function mark(step) {
    var rows = list.querySelectorAll("li[role=option]");
    if (!rows.length) { return; }
    chosen = (chosen + step + rows.length) % rows.length;
    rows.forEach(function (row, index) {
      row.setAttribute("aria-selected", index === chosen ? "true" : "false");
    });
  }
  function search() {
    list.textContent = "";
    chosen = -1;
    found = find(input.value);
    found.forEach(function (item) {
      var row = list.appendChild(make("li"));
      row.setAttribute("role", "option");
      put(row.appendChild(make("span", "fc-found-name")), item.feature.name);
      put(row.appendChild(make("span", "fc-found-kind")), item.layer.kind);
      row.addEventListener("mousedown", function (event) {
        event.preventDefault();
        pick(item);
      });
    });
    if (!found.length) { put(list.appendChild(make("li", "fc-found-none")), page.none_found); }
    list.hidden = !normal(input.value);
  }
  input.addEventListener("input", search);
  input.addEventListener("focus", search);
  input.addEventListener("blur", close);
  input.addEventListener("keydown", function (event) {
    if (event.key === "ArrowDown") { mark(1); event.preventDefault(); }
    if (event.key === "ArrowUp") { mark(-1); event.preventDefault(); }
    if (event.key === "Escape") { close(); }
    if (event.key === "Enter" && found.length) { pick(found[Math.max(chosen, 0)]); }
  });
}

function listenToTable(map, labels) {
  document.querySelectorAll("tr[data-feature]").forEach(function (row) {
    var place = row.getAttribute("data-feature").split(" ");
    function go() {
      var layer = page.layers[Number(place[0])];
      show(map, labels, layer, layer.features[Number(place[1])]);
    }
    row.addEventListener("click", go);
    row.addEventListener("keydown", function (event) { if (event.key === "Enter") { go(); } });
  });
}

/* ---------------------------------------------------------------------- frame and print */

function addFrame(map) {
  var zoom = L.control.zoom({ position: "topleft" }).addTo(map).getContainer();
  [["zoom-in", "zoom_in"], ["zoom-out", "zoom_out"]].forEach(function (pair) {
    var button = zoom.querySelector(".leaflet-control-" + pair[0]);
    button.setAttribute("data-label-zh", page.labels[pair[1]][0]);
    button.setAttribute("data-label-en", page.labels[pair[1]][1]);
  });
  var Whole = L.Control.extend({ onAdd: function () {
    var bar = make("div", "leaflet-bar"), button = bar.appendChild(make("a", "fc-whole"));
    button.href = "#";
    button.setAttribute("role", "button");
    button.setAttribute("data-label-zh", page.labels.whole[0]);
    button.setAttribute("data-label-en", page.labels.whole[1]);
    button.appendChild(symbol("fc-whole", 16));
    L.DomEvent.disableClickPropagation(bar);
    L.DomEvent.on(button, "click", function (event) {
      L.DomEvent.preventDefault(event);
      map.fitBounds(page.view, { animate: false });
    });
    return bar;
  } });
  new Whole({ position: "topleft" }).addTo(map);
  var North = L.Control.extend({ onAdd: function () {
    var box = make("div", "fc-north");
    box.setAttribute("role", "img");
    box.setAttribute("data-label-zh", page.labels.north[0]);
    box.setAttribute("data-label-en", page.labels.north[1]);
    box.appendChild(symbol("fc-north", 44));
    return box;
  } });
  new North({ position: "topright" }).addTo(map);
  // In one corner with the credits: where both have no room side by side, it stands above them.
  L.control.scale({ imperial: false, maxWidth: 140, position: "bottomright" }).addTo(map);
  map.attributionControl.setPrefix(false);
  map.attributionControl.addAttribution("");
  var credit = map.attributionControl.getContainer();
  credit.textContent = "";
  page.credits.forEach(function (text, index) {
    if (index) { credit.appendChild(document.createTextNode(" · ")); }
    if (text.href) {
      var link = credit.appendChild(make("a"));
      link.href = text.href;
      link.rel = "noopener";
      put(link, text.text);
    } else {
      put(credit, text.text);
    }
  });
}

/* Put a part of the page elsewhere; what is returned puts it back. */
function lend(node, place) {
  var mark = node.parentNode.insertBefore(document.createComment(""), node);
  place.appendChild(node);
  return function () {
    mark.parentNode.insertBefore(node, mark);
    mark.parentNode.removeChild(mark);
  };
}

/* The first sheet is the map with its legend beside it, its figures and background below. */
function laySheet(box) {
  var sheet = make("div", "fc-sheet"), under = make("div", "fc-under"), undo = [];
  box.parentNode.insertBefore(sheet, box.nextSibling);
  undo.push(lend(box, sheet));
  sheet.appendChild(under);
  document.querySelectorAll(".fc-panel dl.fc-figures").forEach(function (list) {
    undo.push(lend(list.parentNode, under));
  });
  document.querySelectorAll('.fc-panel [data-legend="base"]').forEach(function (legend) {
    undo.push(lend(legend, under));
  });
  var more = document.querySelector(".fc-more");
  var tables = Array.from(more ? document.querySelectorAll(".fc-panel .fc-tables") : []);
  tables.reverse().forEach(function (each) {
    undo.push(lend(each, more));
    more.insertBefore(each, more.firstChild);
  });
  return function () {
    undo.reverse().forEach(function (back) { back(); });
    sheet.remove();
  };
}

/* Printed is what is seen: the map is scaled to the sheet, not drawn anew. */
function listenToPrint(map) {
  var box = map.getContainer(), putBack = null;
  window.addEventListener("beforeprint", function () {
    var sheet = { width: 780, height: 464 };
    var scale = Math.min(sheet.width / box.offsetWidth, sheet.height / box.offsetHeight);
    box.style.width = box.offsetWidth + "px";
    box.style.height = box.offsetHeight + "px";
    box.style.zoom = scale;
    if (!putBack) { putBack = laySheet(box); }
  });
  window.addEventListener("afterprint", function () {
    if (putBack) { putBack(); }
    putBack = null;
    ["width", "height", "zoom"].forEach(function (name) {
      box.style[name] = "";
    });
    map.invalidateSize({ animate: false });
  });
}

function startMap(map) {
  // folium puts the map first; on paper it comes after the title and the warning.
  var banner = document.getElementById("fc-banner");
  banner.parentNode.insertBefore(map.getContainer(), banner.nextSibling);
  startPage();
  map.invalidateSize({ animate: false }); // the head is higher in one language than in the other
  map.fitBounds(page.focus, { animate: false, padding: [8, 8] });
  var labels = new Labels(map);
  addFrame(map);
  drawBase(map, page.base);
  drawLayers(map, labels);
  listenToLayers(map, labels);
  listenToClicks(map);
  listenToSearch(map, labels);
  listenToTable(map, labels);
  listenToPrint(map);
  listenToGround(map);
  whenShown.push(function () {
    map.invalidateSize({ animate: false, pan: false });
    refresh(map, labels);
  });
  setLanguage(state.language);
  resize(map);
  map.on("zoomend", function () { resize(map); });
  map.on("zoomend resize", function () { labels.arrange(); });
  document.querySelectorAll("[data-toggle-side]").forEach(function (button) {
    button.addEventListener("click", function () {
      document.body.classList.toggle("fc-side-open");
    });
  });
  window.firecover = { map: map, page: page, state: state };
  document.body.setAttribute("data-ready", "true");
}

window.firecoverStart = function (map) {
  if (map) { startMap(map); } else { startPage(); document.body.setAttribute("data-ready", "true"); }
};
