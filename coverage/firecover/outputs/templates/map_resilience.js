/* The page of weak points: lines that tell what they are, and one question at a time. (the map_*.js files are joined into one script, in one function: see maps/render.py) */

drawers.ways = function (layer, group) {
  layer.features.forEach(function (feature) {
    var shape = L.polyline(feature.form.map(unpack), Object.assign({ renderer: layer.renderer,
      pane: layer.pane, bubblingMouseEvents: false, lineCap: "round" },
      styleOf(layer, feature)));
    bind(shape, layer, feature);
    feature.drawn = shape;
    shape.addTo(group);
  });
};

function tick(key, wanted) {
  var box = document.querySelector('input[data-layer="' + key + '"]');
  if (!box || box.checked === wanted) { return; }
  box.checked = wanted;
  box.dispatchEvent(new Event("change"));
}

/* A question ticks the layers that answer it, and tells them first; the others may be ticked
   beside them. */
function askQuestion() {
  var asked = page.questions[state.variant];
  page.questions.forEach(function (question) {
    question.layers.concat(question.beside).forEach(function (key) {
      tick(key, asked.layers.indexOf(key) >= 0);
    });
  });
  asked.layers.concat(asked.beside).reverse().forEach(function (key) {
    var legend = document.querySelector('.fc-legend[data-legend="' + key + '"]');
    if (!legend) { return; }
    legend.parentNode.insertBefore(legend,
      legend.parentNode.querySelector(":scope > .fc-legend"));
  });
}

/* A row leads to the whole stretch of road, which may be a few metres or some kilometres. */
function listenToRoadRows(map) {
  document.querySelectorAll("tr[data-feature]").forEach(function (row) {
    var place = row.getAttribute("data-feature").split(" ").map(Number);
    var ranks = page.layers[place[0]], lines = page.layers[place[0] - 1];
    if (ranks.draw !== "markers" || lines.draw !== "ways") { return; }
    var line = lines.features[lines.features.length - 1 - place[1]].drawn;
    function go() {
      map.fitBounds(line.getBounds(), { maxZoom: 15, padding: [60, 60], animate: false });
      ranks.features[place[1]].shape.openPopup();
    }
    row.addEventListener("click", go);
    row.addEventListener("keydown", function (event) { if (event.key === "Enter") { go(); } });
  });
}

var startWithoutQuestions = window.firecoverStart;

window.firecoverStart = function (map) {
  var tables = document.querySelectorAll(".fc-tables > div");
  page = JSON.parse(document.getElementById("fc-data").textContent);
  page.questions.forEach(function (question, index) {
    question.tables.forEach(function (place) {
      tables[place].setAttribute("data-variant", index);
    });
  });
  startWithoutQuestions(map);
  listenToRoadRows(map);
  var chooser = document.getElementById("fc-variant");
  if (chooser) {
    askQuestion();
    chooser.addEventListener("change", function () {
      map.closePopup();
      askQuestion();
    });
  }
};
