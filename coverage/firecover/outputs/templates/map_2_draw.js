/* The base map and layers. (the map_*.js files are joined into one script, in one function: see maps/render.py) */

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
  var land = addPane(map, "fc-land", 204, 1, false);
  map.createPane("fc-relief").style.zIndex = 206;
  map.getPane("fc-relief").style.pointerEvents = "none";
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
  L.polygon(unpackAreas(base.land), Object.assign({}, plain, { renderer: land, pane: "fc-land",
    fillColor: base.style.land })).addTo(map);
  if (base.relief) {
    L.imageOverlay(base.relief.uri, base.relief.corners, { pane: "fc-relief",
      interactive: false, className: "fc-relief" }).addTo(map);
  }
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

/* ------------------------------------------------------------------------------- layers */

/* Small columns side by side, each with its label; the height is a share of the highest. */
function barsOf(layer, feature) {
  var box = make("figure", "fc-bars"), columns = make("div", "fc-bars-columns");
  var most = Math.max.apply(null, feature.bars.map(function (bar) { return bar[1]; }));
  put(box.appendChild(make("figcaption")), layer.bars_name);
  box.appendChild(columns);
  feature.bars.forEach(function (bar) {
    var column = columns.appendChild(make("span"));
    put(column.appendChild(make("i")), Math.round(bar[1] * 100) || "<1");
    column.appendChild(make("b")).style.height = (most ? 30 * bar[1] / most : 0) + "px";
    put(column.appendChild(make("em")), bar[0]);
  });
  return box;
}

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
  if (feature.bars) { content.appendChild(barsOf(layer, feature)); }
  if (feature.note) { put(content.appendChild(make("p", "fc-popup-note")), feature.note); }
  return content;
}

function bind(shape, layer, feature) {
  if (layer.fields) {
    shape.bindPopup(function () { return popupContent(layer, feature); },
      { maxWidth: Math.min(410, window.innerWidth - 70), minWidth: 220,
        maxHeight: Math.max(200, document.querySelector(".folium-map").clientHeight - 100),
        autoPanPadding: [12, 12] });
  }
  shape.bindTooltip(function () {
    var tip = put(make("span"), feature.name), told = figureOf(feature);
    if (told) { put(tip.appendChild(make("b", "fc-tip-figure")), told[1]); }
    return tip;
  }, { sticky: true, direction: "top", offset: [0, -6] });
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
      feature.areas = unpackAreas(feature.form);
      var shape = L.polygon(feature.areas, Object.assign({
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
        feature.box = labels.add(group, at, feature.name, layer.label.kind, layer.label.order,
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
      if (look.size < 22) { box.lastChild.style.fontSize = "9.5px"; }
      var marker = L.marker(at, { pane: layer.pane, zIndexOffset: look.above || 0,
        icon: L.divIcon({ className: "fc-marker-icon", html: box,
          iconSize: [look.size, look.size], popupAnchor: [0, -look.size / 2] }) });
      marker.setStyle = function (chosen) { // a variant may draw it otherwise
        box.replaceChild(symbol(chosen.symbol, chosen.size), box.firstChild);
        box.style.opacity = chosen.opacity || 1;
        box.style.width = chosen.size + "px";
        box.style.left = box.style.top = (look.size - chosen.size) / 2 + "px";
        if (feature.box) { feature.box.classList.toggle("fc-label-off", chosen.opacity < 1); }
        marker.setZIndexOffset(chosen.above || 0);
      };
      feature.drawn = marker;
      bind(marker, layer, feature);
      marker.addTo(group);
      if (layer.label) {
        feature.box = labels.add(group, at, feature.label || feature.name, layer.label.kind,
          layer.label.order, layer.label.from);
      }
    });
  },
  names: function (layer, group, labels) {
    layer.features.forEach(function (feature) {
      feature.box = labels.add(group, unpack(feature.form)[0], feature.name, layer.label.kind,
        layer.label.order, layer.label.from);
    });
  }
};

var MANY = 2000; // beyond this, points are drawn on one canvas rather than one element each

function drawLayers(map, labels) {
  ["popupopen", "popupclose"].forEach(function (happened) { // small screens have no room for both
    map.on(happened, function () {
      map.getContainer().classList.toggle("fc-telling", happened === "popupopen");
    });
  });
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
    (layer.scenario === null || layer.scenario === state.scenario) &&
    (typeof layer.variant !== "number" || layer.variant === state.variant);
}

/* Dense points shrink as the view widens, so that they do not run into one blot. */
function resize(map) {
  var factor = Math.max(0.5, Math.min(1.3, 0.5 + (map.getZoom() - 11) * 0.16));
  page.layers.forEach(function (layer) {
    if (layer.badge_from) {
      map.getPane(layer.pane).classList.toggle("fc-far", map.getZoom() < layer.badge_from);
    }
    if (!layer.grow) { return; }
    layer.features.forEach(function (feature) {
      var style = styleOf(layer, feature);
      feature.drawn.setStyle({ radius: style.radius * factor,
        weight: style.weight * Math.max(factor, 0.6) });
    });
  });
}

function refresh(map, labels) {
  document.querySelectorAll(".fc-legend input[data-layer]").forEach(function (box) {
    box.closest(".fc-legend").classList.toggle("fc-off", !box.checked); // not printed
  });
  page.layers.forEach(function (layer) {
    if (isOn(layer)) { layer.group.addTo(map); } else { layer.group.remove(); }
    if (page.variants > 1) {
      layer.features.forEach(function (feature) {
        if (feature.drawn) { feature.drawn.setStyle(styleOf(layer, feature)); }
        labelFigure(feature);
      });
    }
  });
  if (page.variants > 1) { resize(map); } // the styles have the sizes of a closer view
  labels.arrange();
}

/* A variant may be about one part of the map. */
function focusOnVariant(map) {
  var focus = (page.focuses || [])[state.variant];
  if (focus) { map.fitBounds(focus, { animate: false, maxZoom: 14 }); }
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
    var asked = page.variant_ids.indexOf(queryValue("figure"));
    if (asked >= 0) { chooser.value = String(asked); }
    state.variant = Number(chooser.value);
    focusOnVariant(map);
    chooser.addEventListener("change", function () {
      setVariant(Number(chooser.value));
      focusOnVariant(map);
      keepAddress();
    });
  }
  showMatching();
}
