/* The what-if page: what is chosen, and the controls. */

function WhatIfPage(map, common) {
  this.map = map;
  this.common = common;
  this.given = page.what_if;
  this.states = this.given.states.map(function () { return null; });
  var asked = queryValue("scenario"); // the one that the other pages showed
  var known = this.given.scenarios.filter(function (each) { return each.id === asked; });
  this.choice = this.chosenBy(known[0] || this.given.scenarios[0]);
  this.choice.standard = this.given.limits_s.indexOf(this.given.standard_s);
  this.choice.villages = this.given.villages_min;
  this.lost = [];
  this.layers = ["population", "built_up"].map(function (name) {
    return { name: name, at: mercator(unpackPlaces(common[name + "_at"])), shown: true, above: [],
      cell_m: this.given.cell_m[name], colours: new Uint32Array(common[name].length) };
  }, this);
  this.cells = new CellCanvas(this.layers).addTo(map);
}

WhatIfPage.prototype.chosenBy = function (scenario) {
  var serves = this.given.stations.map(function (station) {
    return station.candidate ? scenario.open.indexOf(station.id) >= 0
      : scenario.close.indexOf(station.id) < 0;
  });
  return Object.assign({}, this.choice, { from: scenario.id, serves: serves, state: scenario.state });
};

WhatIfPage.prototype.start = function () {
  var from = this.choice.from;
  return this.given.scenarios.find(function (each) { return each.id === from; });
};

WhatIfPage.prototype.state = function (place) {
  var mine = this.states, common = this.common, given = this.given;
  if (mine[place]) { return Promise.resolve(mine[place]); }
  return unpackArrays(this.given.states[place].packed).then(function (arrays) {
    arrays.ends = {};
    ["population", "built_up"].forEach(function (name) {
      var count = common[name].length;
      arrays.ends[name] = count ? spans(arrays[name], count) : given.stations.map(function () {
        return [0, 0];
      });
    });
    mine[place] = arrays;
    return arrays;
  });
};

/* Tell everything anew; states of the roads are unpacked when first asked for. */
WhatIfPage.prototype.update = function () {
  var mine = this, start = this.start(), turn = this.turn = (this.turn || 0) + 1;
  return Promise.all([this.state(this.choice.state), this.state(start.state)])
    .then(function (states) {
      if (turn !== mine.turn) { return; } // overtaken by a later choice
      var began = performance.now();
      mine.show(states[0], states[1], start);
      mine.tookMs = performance.now() - began;
      mine.turns = turn;
    });
};

WhatIfPage.prototype.show = function (state, before, start) {
  var given = this.given, choice = this.choice, limit = choice.villages * 60;
  if (this.startOf !== start) {
    this.before = arrive(this.common, before, given, this.chosenBy(start).serves);
    this.startOf = start;
  }
  this.now = arrive(this.common, state, given, choice.serves);
  this.told = tell(this.common, given, this.now, choice.standard, limit);
  var asked = [choice.from, choice.standard, limit].join(" ");
  if (this.toldFor !== asked) {
    this.toldBefore = tell(this.common, given, this.before, choice.standard, limit);
    this.toldFor = asked;
  }
  this.recolour();
  showStations(layerOf("stations", "markers"), given, choice.serves);
  showVillages(layerOf("villages", "points"), this.common, given, this.now, this.before, limit);
  this.showControls();
  this.showFigures();
  this.showTownships();
  this.showVillageList();
  this.showSnippet();
  this.writeAddress();
};

WhatIfPage.prototype.recolour = function () {
  var mine = this, byTime = this.byTime;
  this.layers.forEach(function (layer) {
    layer.under = ink(byTime ? mine.given.beyond : mine.given.change.never);
    layer.above = byTime ? [] : [ink(mine.given.change.lost), ink(mine.given.change.gained)];
    cellColours(layer.colours, mine.now[layer.name], mine.before[layer.name],
      mine.choice.standard, mine.given, byTime);
  });
  this.changed = changedBounds(this.layers, this.choice.standard, this.now, this.before);
  byId("look").hidden = !this.changed;
  this.cells.draw();
};

/* ---------------------------------------------------------------------------- controls */

function byId(name) { return document.getElementById("fc-wi-" + name); }

function setText(element, text) {
  element.textContent = "";
  return put(element, text);
}

WhatIfPage.prototype.speedText = function () {
  var state = this.given.states[this.choice.state];
  return state.scenario ? fill(this.given.words.as_in, { name: state.name })
    : "× " + shortNumber(state.speed);
};

WhatIfPage.prototype.showControls = function () {
  var choice = this.choice, given = this.given, minutes = given.amounts.minutes;
  byId("from").value = choice.from;
  byId("standard").value = choice.standard;
  byId("villages").value = choice.villages;
  byId("speed").value = choice.state;
  setText(byId("standard-told"), fill(minutes,
    { n: shortNumber(given.limits_s[choice.standard] / 60) }));
  setText(byId("villages-told"), fill(minutes, { n: shortNumber(choice.villages) }));
  setText(byId("speed-told"), this.speedText());
  document.querySelectorAll("[data-station]").forEach(function (box) {
    box.checked = choice.serves[Number(box.getAttribute("data-station"))];
  });
  setText(byId("summary"), this.summary());
  var lost = byId("lost");
  lost.hidden = !this.lost.length;
  setText(lost, fill(given.words.unknown, { names: this.lost.join("、") }));
};

WhatIfPage.prototype.lists = function () {
  var serves = this.choice.serves, found = { open: [], close: [] };
  this.given.stations.forEach(function (station, row) {
    if (station.candidate && serves[row]) { found.open.push(station); }
    if (!station.candidate && !serves[row]) { found.close.push(station); }
  });
  return found;
};

WhatIfPage.prototype.summary = function () {
  var words = this.given.words, lists = this.lists(), mine = this;
  return [0, 1].map(function (index) {
    var language = index ? "en" : "zh", joint = index ? ", " : "、";
    function names(stations) {
      return stations.length ? stations.map(function (station) {
        return inLanguage(station.name, language);
      }).join(joint) : words.none[index];
    }
    return inLanguage(fill(words.summary, { open: names(lists.open), close: names(lists.close),
      speed: inLanguage(mine.speedText(), language),
      standard: shortNumber(mine.given.limits_s[mine.choice.standard] / 60),
      villages: shortNumber(mine.choice.villages) }), language);
  });
};

WhatIfPage.prototype.listen = function () {
  var mine = this, choice = this.choice;
  function change(name, act, event) {
    byId(name).addEventListener(event || "input", function () { act(byId(name)); mine.update(); });
  }
  change("from", function (box) {
    Object.assign(choice, mine.chosenBy(mine.given.scenarios[box.selectedIndex]));
  }, "change");
  change("reset", function () {
    Object.assign(choice, mine.chosenBy(mine.start()), { villages: mine.given.villages_min,
      standard: mine.given.limits_s.indexOf(mine.given.standard_s) });
    mine.lost = [];
  }, "click");
  change("standard", function (box) { choice.standard = Number(box.value); });
  change("villages", function (box) { choice.villages = Number(box.value); });
  change("speed", function (box) { choice.state = Number(box.value); });
  change("name", function () {});
  change("filter", function () {}, "change");
  document.querySelectorAll("[data-station]").forEach(function (box) {
    box.addEventListener("change", function () {
      choice.serves[Number(box.getAttribute("data-station"))] = box.checked;
      mine.update();
    });
  });
  document.querySelectorAll("input[name=fc-wi-colour]").forEach(function (box) {
    box.addEventListener("change", function () { mine.setColours(box.value === "time"); });
  });
  this.layers.forEach(function (layer) {
    var box = document.querySelector('input[data-layer="cells_' + layer.name + '"]');
    if (box) {
      box.addEventListener("change", function () { layer.shown = box.checked; mine.cells.draw(); });
    }
  });
  byId("look").addEventListener("click", function () {
    mine.cells._map.fitBounds(mine.changed, { padding: [40, 40], maxZoom: 14 });
  });
  byId("save").addEventListener("click", function () { mine.save(); });
  window.addEventListener("hashchange", function () { mine.readAddress(); mine.update(); });
  this.listenToMap();
};

WhatIfPage.prototype.setColours = function (byTime) {
  this.byTime = byTime;
  document.querySelectorAll("input[name=fc-wi-colour]").forEach(function (box) {
    box.checked = (box.value === "time") === byTime;
  });
  document.querySelectorAll("[data-colour]").forEach(function (part) {
    part.hidden = (part.getAttribute("data-colour") === "time") !== byTime;
  });
  if (this.now) { this.recolour(); this.writeAddress(); }
};

/* A station's popup has a button that closes or opens it; elsewhere a click tells the cell. */
WhatIfPage.prototype.listenToMap = function () {
  var mine = this, stations = layerOf("stations", "markers");
  this.map.on("popupopen", function (event) {
    var i = stations.features.findIndex(function (feature) {
      return feature.shape === event.popup._source;
    });
    if (i < 0) { return; }
    var row = mine.given.drawn.stations[i], on = mine.choice.serves[row];
    if (!mine.given.stations[row].there) { return; }
    var word = mine.given.stations[row].candidate ? (on ? "take_back" : "open_it")
      : (on ? "close_it" : "bring_back");
    var button = event.popup.getElement().querySelector(".fc-popup")
      .appendChild(make("button", "fc-wi-button"));
    button.type = "button";
    put(button, mine.given.words[word]);
    button.addEventListener("click", function () {
      mine.choice.serves[row] = !on;
      mine.map.closePopup();
      mine.update();
    });
  });
  this.map.on("click", function (event) {
    for (var k = mine.layers.length - 1; k >= 0; k -= 1) {
      var layer = mine.layers[k];
      var cell = layer.shown ? cellAt(layer, event.latlng.lat, event.latlng.lng) : -1;
      if (cell >= 0) {
        L.popup({ maxWidth: 260 }).setLatLng(event.latlng)
          .setContent(put(make("div", "fc-popup"), mine.cellText(layer, cell))).openOn(mine.map);
        return;
      }
    }
  });
};

WhatIfPage.prototype.cellText = function (layer, cell) {
  var given = this.given, place = this.now[layer.name][cell], limits = given.limits_s;
  var values = { m: shortNumber(limits[place === LATER ? limits.length - 1 : place] / 60),
    weight: layer.name === "population"
      ? fill(given.amounts.people, { n: numberText(this.common.population[cell], 0) })
      : fill(given.amounts.km2, { n: numberText(this.common.built_up[cell], 4) }) };
  return fill(given.words[place === LATER ? "cell_later" : "cell_within"], values);
};

