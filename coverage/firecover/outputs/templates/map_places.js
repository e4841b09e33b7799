/* A map whose figure is chosen from a list: what stands on it, and the table beside it. (joined after the map_*.js files: see maps/render.py) */

var places = { risingFor: {}, shownFor: "" };

/* The layer's features by the row of the table; a place may have no room on the map. */
function placesOnMap() {
  var found = {};
  page.layers.forEach(function (layer) {
    if (layer.key !== page.listed.layer || layer.scenario !== state.scenario) { return; }
    layer.features.forEach(function (feature) {
      found[feature.row] = { layer: layer, feature: feature };
    });
  });
  return found;
}

/* What is not known comes last, whichever way the list is turned. */
function sortedPlaces(rows, variant, rising) {
  return rows.map(function (row, index) { return { row: row, index: index }; })
    .sort(function (a, b) {
      var x = a.row.figures[variant][0], y = b.row.figures[variant][0];
      if (x === null || y === null) { return (x === null) - (y === null) || a.index - b.index; }
      return (rising ? x - y : y - x) || a.index - b.index;
    });
}

function listPlaces() {
  var listed = page.listed, variant = state.variant;
  var rising = places.risingFor[variant];
  if (rising === undefined) { rising = listed.first[variant] === "low"; }
  var there = placesOnMap();
  var head = make("tr"), body = make("tbody");
  put(head.appendChild(make("th", "fc-text")), listed.place);
  var cell = head.appendChild(make("th", rising ? "fc-rising" : ""));
  cell.setAttribute("aria-sort", rising ? "ascending" : "descending");
  // No button: the head is repeated on each sheet of paper, a button is not.
  var turn = put(cell.appendChild(make("span", "fc-turn")), listed.names[variant]);
  turn.tabIndex = 0;
  turn.setAttribute("role", "button");
  turn.title = inLanguage(listed.turn, state.language);
  function turnRound() {
    places.risingFor[variant] = !rising;
    showPlaces();
  }
  turn.addEventListener("click", turnRound);
  turn.addEventListener("keydown", function (event) {
    if (event.key !== "Enter" && event.key !== " ") { return; }
    event.preventDefault();
    turnRound();
    places.box.querySelector(".fc-turn").focus();
  });
  sortedPlaces(page.places[state.scenario], variant, rising).forEach(function (item) {
    var line = body.appendChild(make("tr")), told = item.row.figures[variant];
    put(line.appendChild(make("td", "fc-text")), item.row.name);
    var value = put(line.appendChild(make("td", told[0] === null ? "fc-unknown" : "")), told[1]);
    if (told[2]) { put(value.appendChild(make("small")), told[2]); }
    if (!there[item.index]) { return; }
    line.tabIndex = 0;
    line.setAttribute("data-place", item.index);
    function go() { places.show(there[item.index].layer, there[item.index].feature); }
    line.addEventListener("click", go);
    line.addEventListener("keydown", function (event) { if (event.key === "Enter") { go(); } });
  });
  var table = make("table", "fc-table fc-places");
  table.appendChild(make("thead")).appendChild(head);
  table.appendChild(body);
  return table;
}

function showPlaces() {
  var box = places.box.querySelector(".fc-table-box");
  var chosen = [state.scenario, state.variant].join(" "), top = box.scrollTop;
  box.textContent = "";
  box.appendChild(listPlaces());
  box.scrollTop = chosen === places.shownFor ? top : 0;
  places.shownFor = chosen;
  places.caption.textContent = "";
  var line = places.caption.appendChild(make("p"));
  put(line.appendChild(make("span")), page.listed.names[state.variant]);
  if (page.scenarios.length > 1) {
    put(line.appendChild(make("span", "fc-map-scenario")),
      page.listed.scenarios[state.scenario]);
  }
}

var startWithoutPlaces = window.firecoverStart;

window.firecoverStart = function (map) {
  places.box = make("div", "fc-tables fc-listed");
  places.box.appendChild(make("h2"));
  places.box.appendChild(make("div", "fc-table-box"));
  places.caption = map.getContainer().appendChild(make("div", "fc-map-caption"));
  startWithoutPlaces(map);
  // The chosen figure's legend stands below the choice, its list before the other legends.
  var legend = document.querySelector('[data-legend="' + page.listed.layer + '"]');
  var chooser = document.getElementById("fc-variant");
  legend.parentNode.insertBefore(places.box, legend.previousElementSibling);
  chooser.parentNode.insertBefore(legend, chooser.nextSibling);
  put(places.box.querySelector("h2"), page.listed.title);
  places.show = function (layer, feature) {
    show(map, { arrange: function () {} }, layer, feature);
  };
  // A popup needs the room that the caption takes.
  map.on("popupopen popupclose", function (event) {
    places.caption.hidden = event.type === "popupopen";
  });
  whenShown.push(showPlaces);
  showPlaces();
};
