/* The map pages of firecover. Names from the data are only ever set as text, never as markup. */
(function () {
  "use strict";

  var DEGREE = 1e5; // coordinates come as whole numbers of 1/100 000 degree
  var LANGUAGES = { zh: "zh-CN", en: "en" };
  var HALO_PX = 2;
  var GAP_PX = 4; // between labels

  function make(tag, className) {
    var element = document.createElement(tag);
    if (className) { element.className = className; }
    return element;
  }

  /* A text is a string for both languages, or a pair [zh, en]; the style sheet shows one. */
  function put(parent, text) {
    if (!Array.isArray(text)) {
      parent.appendChild(document.createTextNode(String(text)));
      return parent;
    }
    ["zh", "en"].forEach(function (language, index) {
      var span = make("span");
      span.lang = language;
      span.textContent = text[index];
      parent.appendChild(span);
    });
    return parent;
  }

  function inLanguage(text, language) {
    return Array.isArray(text) ? text[language === "en" ? 1 : 0] : String(text);
  }

  /* Undo the packing: the first point is whole, each later one the step from the one before. */
  function unpack(code) {
    var points = [], lat = 0, lon = 0;
    for (var i = 0; i < code.length; i += 2) {
      lat += code[i];
      lon += code[i + 1];
      points.push([lat / DEGREE, lon / DEGREE]);
    }
    return points;
  }

  function unpackAreas(areas) {
    return areas.map(function (rings) { return rings.map(unpack); });
  }

  function holds(ring, lat, lon) {
    var inside = false;
    for (var i = 0, j = ring.length - 1; i < ring.length; j = i, i += 1) {
      var a = ring[i], b = ring[j];
      if ((a[0] > lat) !== (b[0] > lat) &&
          lon < (b[1] - a[1]) * (lat - a[0]) / (b[0] - a[0]) + a[1]) {
        inside = !inside;
      }
    }
    return inside;
  }

  function areasHold(areas, lat, lon) {
    return areas.some(function (rings) {
      return rings.filter(function (ring) { return holds(ring, lat, lon); }).length % 2 === 1;
    });
  }

  function symbol(name, size) {
    var space = "http://www.w3.org/2000/svg";
    var svg = document.createElementNS(space, "svg");
    svg.setAttribute("width", size);
    svg.setAttribute("height", size);
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    var use = document.createElementNS(space, "use");
    use.setAttribute("href", "#" + name);
    svg.appendChild(use);
    return svg;
  }

  function queryValue(name) {
    var found = new RegExp("[?&]" + name + "=([^&#]*)").exec(window.location.search);
    return found ? decodeURIComponent(found[1]) : "";
  }

  /* ---------------------------------------------------------------- language and scenario */

  var state = { language: "zh", scenario: null, variant: 0, checked: {} };
  var page = null;
  var whenShown = [];

  function linkPages() {
    var query = "?lang=" + state.language;
    if (state.scenario) { query += "&scenario=" + encodeURIComponent(state.scenario); }
    document.querySelectorAll("a[data-page]").forEach(function (link) {
      link.setAttribute("href", link.getAttribute("data-page") + query);
    });
  }

  function setLanguage(language) {
    state.language = language === "en" ? "en" : "zh";
    document.documentElement.lang = LANGUAGES[state.language];
    document.title = inLanguage(page.title, state.language);
    document.querySelectorAll("[data-label-zh]").forEach(function (element) {
      var label = element.getAttribute("data-label-" + state.language);
      element.setAttribute("aria-label", label);
      element.setAttribute(element.tagName === "INPUT" ? "placeholder" : "title", label);
    });
    document.querySelectorAll("option[data-zh]").forEach(function (option) {
      option.textContent = option.getAttribute("data-" + state.language);
    });
    linkPages();
    whenShown.forEach(function (act) { act(); });
  }

  function showMatching() {
    document.querySelectorAll("[data-scenario]").forEach(function (element) {
      var variant = element.getAttribute("data-variant");
      element.hidden = element.getAttribute("data-scenario") !== state.scenario ||
        (variant !== null && Number(variant) !== state.variant);
    });
  }

  function setScenario(scenario) {
    state.scenario = scenario;
    document.querySelectorAll("[data-choose-scenario]").forEach(function (control) {
      if (control.tagName === "SELECT") {
        control.value = scenario;
      } else {
        control.checked = control.value === scenario;
      }
    });
    showMatching();
    linkPages();
    whenShown.forEach(function (act) { act(); });
  }

  function startPage() {
    page = JSON.parse(document.getElementById("fc-data").textContent);
    var asked = queryValue("scenario");
    var known = page.scenarios.indexOf(asked) >= 0;
    document.querySelectorAll("[data-choose-scenario]").forEach(function (control) {
      control.addEventListener("change", function () { setScenario(control.value); });
    });
    document.querySelectorAll("[data-switch-language]").forEach(function (button) {
      button.addEventListener("click", function () {
        setLanguage(state.language === "zh" ? "en" : "zh");
      });
    });
    document.querySelectorAll("[data-print]").forEach(function (button) {
      button.addEventListener("click", function () { window.print(); });
    });
    setScenario(known ? asked : (page.scenarios[0] || null));
    setLanguage(queryValue("lang") === "en" ? "en" : "zh");
  }

  /* ------------------------------------------------------------------------- the base map */

  function addPane(map, name, order, opacity, open, asElements) {
    var pane = map.createPane(name);
    pane.style.zIndex = order;
    if (opacity < 1) { pane.style.opacity = opacity; }
    if (!open) { pane.style.pointerEvents = "none"; }
    return open || asElements ? L.svg({ pane: name, padding: 0.3 })
      : L.canvas({ pane: name, padding: 0.3 });
  }

  function widthAt(widths, zoom) {
    var step = Math.max(0, Math.min(1, (zoom - 9) / 6));
    return widths[0] + (widths[1] - widths[0]) * step;
  }

  function drawBase(map, base) {
    var ground = addPane(map, "fc-ground", 210, 1, false);
    var ways = addPane(map, "fc-ways", 220, 1, false);
    var limits = addPane(map, "fc-limits", 420, 1, false);
    var scaled = [];
    function line(parts, style, renderer, pane) {
      var drawn = L.polyline(parts, Object.assign({
        renderer: renderer, pane: pane, interactive: false, lineJoin: "round",
        smoothFactor: 1, fill: false
      }, style, { weight: widthAt(style.widths, map.getZoom()) }));
      scaled.push({ drawn: drawn, widths: style.widths, from: style.from || 0 });
      return drawn;
    }
    var plain = { renderer: ground, pane: "fc-ground", interactive: false, stroke: false,
      fillOpacity: 1 };
    L.polygon(unpackAreas(base.land), Object.assign({}, plain, { fillColor: base.style.land }))
      .addTo(map);
    L.polygon(unpackAreas(base.lakes), Object.assign({}, plain, { fillColor: base.style.water }))
      .addTo(map);
    base.rivers.forEach(function (river) {
      line(river.lines.map(unpack), { color: base.style.water, widths: river.widths }, ground,
        "fc-ground").addTo(map);
    });
    base.roads.forEach(function (road) { // casings first, so that junctions look joined
      road.parts = road.lines.map(unpack);
      if (road.casing) {
        line(road.parts, { color: road.casing, from: road.from,
          widths: [road.widths[0] + 1.2, road.widths[1] + HALO_PX] }, ways, "fc-ways").addTo(map);
      }
    });
    base.roads.forEach(function (road) {
      line(road.parts, { color: road.color, widths: road.widths, from: road.from }, ways,
        "fc-ways").addTo(map);
    });
    line(base.borders.map(unpack), { color: base.style.border, widths: [0.9, 1.6],
      dashArray: "7 3 1.5 3" }, limits, "fc-limits").addTo(map);
    var county = unpackAreas(base.land);
    line(county, { color: base.style.halo, widths: [5, 8], opacity: 0.55 }, limits, "fc-limits")
      .addTo(map);
    line(county, { color: base.style.boundary, widths: [1.4, 2.4], dashArray: "12 4 2 4" },
      limits, "fc-limits").addTo(map);
    map.on("zoomend", function () {
      scaled.forEach(function (item) {
        var zoom = map.getZoom();
        item.drawn.setStyle({ weight: widthAt(item.widths, zoom), stroke: zoom >= item.from });
      });
    });
    scaled.forEach(function (item) {
      if (map.getZoom() < item.from) { item.drawn.setStyle({ stroke: false }); }
    });
  }

  /* ------------------------------------------------------------------------------- labels */

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
  };

  function apart(box, other) {
    return box.right + GAP_PX < other.left || box.left - GAP_PX > other.right ||
      box.bottom < other.top || box.top > other.bottom;
  }

  function shifted(box, by) {
    return { left: box.left + by[0], right: box.right + by[0], top: box.top + by[1],
      bottom: box.bottom + by[1] };
  }

  var SHIFTS = [[0, 0], [0, -15], [0, 15], [0, -22], [0, 22]]; // an area is kept to

  /* Where labels would cover one another, the more important one stays; the name of an area
     makes way for signs first. */
  Labels.prototype.arrange = function () {
    var map = this.map, kept = [], signs = [];
    map.getContainer().querySelectorAll(".fc-marker").forEach(function (sign) {
      signs.push(sign.getBoundingClientRect());
    });
    var shown = this.items.filter(function (item) { return map.hasLayer(item.marker); });
    shown.forEach(function (item) {
      item.box.style.visibility = "hidden";
      item.box.style.margin = "0";
    });
    shown.sort(function (a, b) { return a.order - b.order; });
    shown.forEach(function (item) {
      if (map.getZoom() < item.from) { return; }
      var box = item.box.getBoundingClientRect();
      var free = (item.yields ? SHIFTS : SHIFTS.slice(0, 1)).filter(function (by) {
        var moved = shifted(box, by);
        return kept.every(function (other) { return apart(moved, other); });
      });
      if (!free.length) { return; }
      var clear = free.filter(function (by) {
        var moved = shifted(box, by);
        return signs.every(function (sign) { return apart(moved, sign); });
      });
      var by = clear.length ? clear[0] : free[0];
      item.box.style.margin = by[1] + "px 0 0 " + by[0] + "px";
      item.box.style.visibility = "visible";
      kept.push(shifted(box, by));
    });
  };

  /* ------------------------------------------------------------------------------- layers */

  function popupContent(layer, feature) {
    var content = make("div", "fc-popup");
    put(content.appendChild(make("h3")), feature.name);
    if (layer.kind) { put(content.appendChild(make("p", "fc-popup-kind")), layer.kind); }
    var table = content.appendChild(make("table"));
    feature.values.forEach(function (value, index) {
      if (value === null) { return; }
      var row = table.appendChild(make("tr"));
      put(row.appendChild(make("th")), layer.fields[index]);
      put(row.appendChild(make("td")), value);
    });
    if (feature.note) { put(content.appendChild(make("p", "fc-popup-note")), feature.note); }
    return content;
  }

  function bind(shape, layer, feature) {
    if (layer.fields) {
      shape.bindPopup(function () { return popupContent(layer, feature); },
        { maxWidth: Math.min(410, window.innerWidth - 70), minWidth: 220,
          autoPanPadding: [12, 12] });
    }
    shape.bindTooltip(function () { return put(make("span"), feature.name); },
      { sticky: true, direction: "top", offset: [0, -6] });
    feature.shape = shape;
  }

  function styleOf(layer, feature) {
    var given = feature.style;
    return layer.styles[Array.isArray(given) ? given[state.variant] : given];
  }

  var drawers = {
    bands: function (layer, group) { // nested: the widest first, opaque in a see-through pane
      layer.features.forEach(function (feature) {
        feature.areas = unpackAreas(feature.form);
        L.polygon(feature.areas, Object.assign({ renderer: layer.renderer, pane: layer.pane,
          interactive: false, smoothFactor: 0.6 }, styleOf(layer, feature))).addTo(group);
      });
    },
    lines: function (layer, group) {
      layer.features.forEach(function (feature) {
        L.polyline(feature.form.map(unpack), Object.assign({ renderer: layer.renderer,
          pane: layer.pane, interactive: false, lineCap: "butt" }, styleOf(layer, feature)))
          .addTo(group);
      });
    },
    areas: function (layer, group) {
      layer.features.forEach(function (feature) {
        var open = Boolean(layer.fields);
        var shape = L.polygon(unpackAreas(feature.form), Object.assign({
          renderer: layer.renderer, pane: layer.pane, interactive: open,
          bubblingMouseEvents: false
        }, styleOf(layer, feature)));
        if (open) { bind(shape, layer, feature); }
        feature.drawn = shape;
        shape.addTo(group);
      });
    },
    circles: function (layer, group) {
      layer.features.forEach(function (feature) {
        L.circle(unpack(feature.form)[0], Object.assign({ renderer: layer.renderer,
          pane: layer.pane, interactive: false, radius: layer.radius_m },
          styleOf(layer, feature))).addTo(group);
      });
    },
    points: function (layer, group, labels) {
      layer.features.forEach(function (feature) {
        var at = unpack(feature.form)[0];
        var shape = L.circleMarker(at, Object.assign({ renderer: layer.renderer,
          pane: layer.pane, bubblingMouseEvents: false }, styleOf(layer, feature)));
        bind(shape, layer, feature);
        feature.drawn = shape;
        shape.addTo(group);
        if (layer.label) {
          labels.add(group, at, feature.name, layer.label.kind, layer.label.order,
            layer.label.from);
        }
      });
    },
    markers: function (layer, group, labels) {
      layer.features.forEach(function (feature) {
        var at = unpack(feature.form)[0], look = styleOf(layer, feature);
        var box = make("span", "fc-marker");
        box.appendChild(symbol(look.symbol, look.size));
        if (feature.badge) { put(box.appendChild(make("b")), feature.badge); }
        var marker = L.marker(at, { pane: layer.pane, zIndexOffset: look.above || 0,
          icon: L.divIcon({ className: "fc-marker-icon", html: box,
            iconSize: [look.size, look.size], popupAnchor: [0, -look.size / 2] }) });
        bind(marker, layer, feature);
        marker.addTo(group);
        if (layer.label) {
          labels.add(group, at, feature.name, layer.label.kind, layer.label.order,
            layer.label.from);
        }
      });
    },
    names: function (layer, group, labels) {
      layer.features.forEach(function (feature) {
        labels.add(group, unpack(feature.form)[0], feature.name, layer.label.kind,
          layer.label.order, layer.label.from);
      });
    }
  };

  var MANY = 2000; // beyond this, points are drawn on one canvas rather than one element each

  function drawLayers(map, labels) {
    page.layers.forEach(function (layer, index) {
      layer.pane = "fc-layer-" + index;
      var open = Boolean(layer.fields) && layer.features.length <= MANY;
      if (layer.draw === "markers" || layer.draw === "names") {
        map.createPane(layer.pane).style.zIndex = layer.order;
      } else {
        // Areas are elements, because a canvas knows no hatching.
        layer.renderer = addPane(map, layer.pane, layer.order, layer.opacity, open,
          layer.draw === "areas" && layer.features.length <= MANY);
        if (layer.fields && !open) { map.getPane(layer.pane).style.pointerEvents = "auto"; }
      }
      layer.group = L.layerGroup();
      drawers[layer.draw](layer, layer.group, labels);
    });
  }

  function isOn(layer) {
    return state.checked[layer.key] !== false &&
      (layer.scenario === null || layer.scenario === state.scenario);
  }

  /* Dense points shrink as the view widens, so that they do not run into one blot. */
  function resize(map) {
    var factor = Math.max(0.5, Math.min(1.3, 0.5 + (map.getZoom() - 11) * 0.16));
    page.layers.forEach(function (layer) {
      if (!layer.grow) { return; }
      layer.features.forEach(function (feature) {
        var style = styleOf(layer, feature);
        feature.drawn.setStyle({ radius: style.radius * factor,
          weight: style.weight * Math.max(factor, 0.6) });
      });
    });
  }

  function refresh(map, labels) {
    page.layers.forEach(function (layer) {
      if (isOn(layer)) { layer.group.addTo(map); } else { layer.group.remove(); }
      if (page.variants > 1) {
        layer.features.forEach(function (feature) {
          if (feature.drawn) { feature.drawn.setStyle(styleOf(layer, feature)); }
        });
      }
    });
    labels.arrange();
  }

  function listenToLayers(map, labels) {
    document.querySelectorAll("input[data-layer]").forEach(function (box) {
      var key = box.getAttribute("data-layer");
      state.checked[key] = box.checked;
      box.addEventListener("change", function () {
        state.checked[key] = box.checked;
        refresh(map, labels);
      });
    });
    var chooser = document.getElementById("fc-variant");
    if (chooser) {
      state.variant = Number(chooser.value);
      chooser.addEventListener("change", function () {
        state.variant = Number(chooser.value);
        showMatching();
        refresh(map, labels);
      });
    }
    showMatching();
  }

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
    L.control.scale({ imperial: false, maxWidth: 140, position: "bottomleft" }).addTo(map);
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

  /* Printed is what is seen: the map is scaled to the sheet, not drawn anew. */
  function listenToPrint(map) {
    var box = map.getContainer();
    window.addEventListener("beforeprint", function () {
      var sheet = { width: 780, height: 575 };
      var scale = Math.min(sheet.width / box.offsetWidth, sheet.height / box.offsetHeight);
      box.style.width = box.offsetWidth + "px";
      box.style.height = box.offsetHeight + "px";
      box.style.zoom = scale;
    });
    window.addEventListener("afterprint", function () {
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
    whenShown.push(function () { refresh(map, labels); });
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
}());
