/* Two scenarios on either side of a divider. (the map_*.js files are joined into one script, in one function: see maps/render.py) */

/* Panes are clipped at the divider: those of the one scenario's layers on its left, those of the
   other's on its right. What a step between the two changes lies on both sides. */

var STEP = 2, LEAP = 10; // per cent, by arrow key and by page key
var CORNER_PX = 56; // where the zoom buttons and the north sign are
var SPACE = "http://www.w3.org/2000/svg";

function svgElement(tag, attributes) {
  var element = document.createElementNS(SPACE, tag);
  Object.keys(attributes).forEach(function (name) {
    element.setAttribute(name, attributes[name]);
  });
  return element;
}

/* Hatching for the ground, one way for what is gained and the other for what is lost, and signs
   of stations. The legend uses them as well. */
function addSigns(colours) {
  var defs = document.querySelector("svg defs");
  [["gained", 45, 4.4, 15], ["lost", -45, 3.2, 10]].forEach(function (item) {
    var pattern = svgElement("pattern", { id: "fc-" + item[0], width: item[3], height: item[3],
      patternUnits: "userSpaceOnUse", patternTransform: "rotate(" + item[1] + ")" });
    pattern.appendChild(svgElement("rect", { width: item[3], height: item[3],
      fill: colours[item[0]], "fill-opacity": 0.1 }));
    // White beside each line, so that it shows on the dark bands as well.
    pattern.appendChild(svgElement("path", { d: "M0 0V" + item[3], stroke: "#fff",
      "stroke-width": item[2] + 1.8, "stroke-opacity": 0.75 }));
    pattern.appendChild(svgElement("path", { d: "M0 0V" + item[3], stroke: colours[item[0]],
      "stroke-width": item[2] }));
    defs.appendChild(pattern);
  });
  [["added", "M12 8v8M8 12h8", "none"], ["removed", "M8.8 8.8l6.4 6.4M15.2 8.8l-6.4 6.4", "2.5 1.5"]]
    .forEach(function (item) {
      var sign = svgElement("symbol", { id: "fc-" + item[0], viewBox: "0 0 24 24" });
      var ring = colours[item[0] === "added" ? "gained" : "lost"];
      sign.appendChild(svgElement("circle", { cx: 12, cy: 12, r: 10.4, fill: "none",
        stroke: "#fff", "stroke-width": 3 }));
      sign.appendChild(svgElement("circle", { cx: 12, cy: 12, r: 10.4, fill: "none",
        stroke: ring, "stroke-width": 1.8, "stroke-dasharray": item[2] }));
      sign.appendChild(svgElement("circle", { cx: 12, cy: 12, r: 7, fill: "#fff",
        stroke: colours.station, "stroke-width": 1.4 }));
      sign.appendChild(svgElement("path", { d: item[1], stroke: colours.station,
        "stroke-width": 2.2 }));
      defs.appendChild(sign);
    });
}

function fillIn(text, values) {
  return text.map(function (words, index) {
    return words.replace(/\{(\w+)\}/g, function (whole, name) {
      return inLanguage(values[name], index ? "en" : "zh");
    });
  });
}

function Swipe(map) {
  var mine = this;
  this.map = map;
  this.given = page.gain;
  this.share = 0.5;
  this.layers = page.layers.map(function (layer) {
    return { layer: layer, of: layer.scenario, search: layer.search };
  });
  this.names = {};
  this.given.scenarios.forEach(function (item) { mine.names[item.id] = item.name; });
  addSigns(this.given.colours);
  this.addChoice();
  this.addDivider();
  map.on("move zoomend viewreset resize", function () { mine.place(); });
  map.on("click", function (event) { mine.tell(event.latlng); });
  // Before the layers are shown anew they must know which of them concern this step.
  whenShown.unshift(function () { mine.show(); });
}

Swipe.prototype.step = function () {
  return this.given.steps.find(function (step) { return step.id === state.scenario; });
};

/* ------------------------------------------------------------------------ the two lists */

Swipe.prototype.addChoice = function () {
  var mine = this, words = this.given.words;
  var box = make("div", "fc-swipe-choice");
  this.lists = {};
  ["before", "after"].forEach(function (side) {
    var label = box.appendChild(make("label")), list = make("select", "fc-select");
    put(label.appendChild(make("span")), words[side === "before" ? "left" : "right"]);
    label.appendChild(list);
    list.setAttribute("data-side", side);
    mine.given.scenarios.forEach(function (item) {
      var offered = mine.given.steps.some(function (step) { return step[side] === item.id; });
      if (!offered) { return; }
      var option = list.appendChild(make("option"));
      option.value = item.id;
      option.setAttribute("data-zh", item.name[0]);
      option.setAttribute("data-en", item.name[1]);
    });
    list.addEventListener("change", function () { mine.choose(side); });
    mine.lists[side] = list;
  });
  this.which = box.appendChild(make("p", "fc-swipe-which"));
  this.about = box.appendChild(make("p", "fc-swipe-about"));
  this.same = put(box.appendChild(make("p", "fc-told")), words.same);
  var button = box.appendChild(make("button", "fc-swipe-button"));
  button.type = "button";
  put(button, words.to_change).addEventListener("click", function () { mine.look(); });
  this.button = button;
  var lead = document.querySelector(".fc-lead");
  lead.parentNode.insertBefore(box, lead.nextSibling);
  this.moveBands();
  // The legend of the hatching is to be seen at first: what is to be noted comes after it.
  var panel = lead.parentNode, noted = panel.querySelectorAll(":scope > .fc-told");
  if (noted.length) { panel.appendChild(noted[0].previousElementSibling); }
  noted.forEach(function (line) { panel.appendChild(line); });
};

/* Which band the ground is of is chosen where the legend tells it. */
Swipe.prototype.moveBands = function () {
  var list = document.getElementById("fc-variant"), head = list.previousElementSibling;
  var legend = document.querySelector("[data-legend=ground]");
  head.parentNode.removeChild(head);
  legend.insertBefore(list, legend.querySelector("ul"));
};

/* Two lists with one scenario chosen in both: the other side takes what this one had. */
Swipe.prototype.choose = function (side) {
  var now = this.step(), other = side === "before" ? "after" : "before";
  var wanted = {};
  wanted[side] = this.lists[side].value;
  wanted[other] = this.lists[other].value;
  if (wanted.before === wanted.after) { wanted[other] = now[side]; }
  var step = this.given.steps.find(function (each) {
    return each.before === wanted.before && each.after === wanted.after;
  });
  this.map.closePopup();
  setScenario((step || now).id);
  keepAddress();
  this.look();
};

/* ------------------------------------------------------------------------ what is shown */

Swipe.prototype.show = function () {
  var mine = this, step = this.step();
  var back = step.after + ">" + step.before;
  var shown = [step.before, step.after, step.id, back];
  this.layers.forEach(function (item) {
    var layer = item.layer;
    if (item.of === null) { return; }
    var concerned = shown.indexOf(item.of) >= 0 && (item.of !== back || layer.key === "ground");
    // The shared script shows what belongs to the step chosen.
    layer.scenario = concerned ? step.id : item.of;
    layer.search = item.search && item.of !== step.before;
    if (layer.key === "ground" && concerned) {
      layer.styles = [mine.given.looks[item.of === back ? "lost" : "gained"], layer.styles[1]];
      layer.features.forEach(function (feature) { feature.drawn.setStyle(styleOf(layer, feature)); });
    }
  });
  this.tellTownships(step);
  this.lists.before.value = step.before;
  this.lists.after.value = step.after;
  var ends = { before: this.names[step.before], after: this.names[step.after] };
  [[this.which, fillIn(this.given.words.which, ends)], [this.about, step.about],
    [this.left, ends.before], [this.right, ends.after]].forEach(function (pair) {
    pair[0].textContent = "";
    put(pair[0], pair[1]);
  });
  this.same.hidden = !step.same;
  this.about.hidden = !step.about;
  this.link(step.after);
  this.button.hidden = !step.views[state.variant].length;
  this.place();
  document.querySelectorAll(".fc-legend li").forEach(function (line) {
    var count = line.querySelector(".fc-count:not([hidden])");
    line.classList.toggle("fc-none", count !== null && /^0(\.0+)?(\D|$)/.test(count.textContent));
  });
};

/* The townships are found by name and by the table; their popup tells their people. */
Swipe.prototype.tellTownships = function (step) {
  var given = this.given, layer = page.layers[0];
  layer.fields = [step.before, step.after].map(function (scenario) {
    var name = this.names[scenario];
    return given.people.map(function (words, i) { return words + (i ? ", " : "，") + name[i]; });
  }, this).concat([given.words.difference]);
  layer.features.forEach(function (feature, i) { feature.values = step.townships[i]; });
};

/* The other pages know scenarios, not steps between two of them. */
Swipe.prototype.link = function (scenario) {
  document.querySelectorAll("a[data-page]").forEach(function (link) {
    link.setAttribute("href", link.getAttribute("data-page") + "?lang=" + state.language +
      "&scenario=" + encodeURIComponent(scenario));
  });
};

Swipe.prototype.look = function () {
  var view = this.step().views[state.variant];
  if (view.length) { this.map.fitBounds(view, { animate: false, padding: [8, 8] }); }
  document.body.classList.remove("fc-side-open");
};

Swipe.prototype.tell = function (at) {
  var mine = this, step = this.step(), content = make("div", "fc-popup");
  put(content.appendChild(make("h3")), this.given.words.here);
  var table = content.appendChild(make("table"));
  [step.before, step.after].forEach(function (scenario) {
    var best = null;
    mine.layers.forEach(function (item) {
      if (item.layer.draw !== "bands" || item.of !== scenario) { return; }
      item.layer.features.forEach(function (feature) { // the widest comes first
        if (areasHold(feature.areas, at.lat, at.lng)) { best = feature.style; }
      });
    });
    var row = table.appendChild(make("tr"));
    put(row.appendChild(make("th")), mine.names[scenario]);
    put(row.appendChild(make("td")), best === null ? mine.given.beyond : mine.given.within[best]);
  });
  L.popup({ maxWidth: Math.min(320, window.innerWidth - 70) }).setLatLng(at)
    .setContent(content).openOn(this.map);
};

/* -------------------------------------------------------------------------- the divider */

Swipe.prototype.addDivider = function () {
  var mine = this, words = this.given.words;
  // In a pane, so that names and popups lie above it.
  var pane = this.map.createPane("fc-swipe");
  pane.style.zIndex = 630;
  this.box = pane.appendChild(make("div", "fc-swipe"));
  this.box.appendChild(make("div", "fc-swipe-line"));
  this.left = this.box.appendChild(make("span", "fc-swipe-name fc-swipe-left"));
  this.right = this.box.appendChild(make("span", "fc-swipe-name fc-swipe-right"));
  this.grip = this.box.appendChild(make("div", "fc-swipe-grip"));
  var arrows = svgElement("svg", { width: 26, height: 20, viewBox: "0 0 26 20",
    "aria-hidden": "true" });
  arrows.appendChild(svgElement("path", { d: "M9 3 2 10l7 7M17 3l7 7-7 7", fill: "none",
    stroke: "#fff", "stroke-width": 2.6 }));
  this.grip.appendChild(arrows);
  [["role", "slider"], ["tabindex", "0"], ["aria-orientation", "horizontal"],
    ["aria-valuemin", "0"], ["aria-valuemax", "100"], ["data-label-zh", words.divider[0]],
    ["data-label-en", words.divider[1]]].forEach(function (pair) {
    mine.grip.setAttribute(pair[0], pair[1]);
  });
  L.DomEvent.disableClickPropagation(this.box);
  this.listenToDrags();
  this.grip.addEventListener("keydown", function (event) {
    var to = mine.keyed(event.key);
    if (to === null) { return; }
    event.preventDefault();
    event.stopPropagation(); // the map would move as well
    mine.move(to);
  });
};

Swipe.prototype.keyed = function (key) {
  var now = Math.round(this.share * 100);
  var to = { ArrowLeft: now - STEP, ArrowDown: now - STEP, ArrowRight: now + STEP,
    ArrowUp: now + STEP, PageDown: now - LEAP, PageUp: now + LEAP, Home: 0, End: 100 }[key];
  return to === undefined ? null : to / 100;
};

Swipe.prototype.listenToDrags = function () {
  var mine = this, box = this.box, held = null;
  box.addEventListener("pointerdown", function (event) {
    if (event.button) { return; }
    held = event.clientX - mine.at(); // the grip is rarely caught in its middle
    box.setPointerCapture(event.pointerId);
    mine.grip.focus({ preventScroll: true });
    event.preventDefault();
  });
  box.addEventListener("pointermove", function (event) {
    if (held !== null) { mine.move((event.clientX - held) / mine.map.getSize().x); }
  });
  ["pointerup", "pointercancel"].forEach(function (name) {
    box.addEventListener(name, function () { held = null; });
  });
};

/* Where the divider is, pixels from the map's left. */
Swipe.prototype.at = function () {
  return this.share * this.map.getSize().x;
};

Swipe.prototype.move = function (share) {
  this.share = Math.max(0, Math.min(1, share));
  this.place();
};

Swipe.prototype.place = function () {
  var size = this.map.getSize(), step = this.step();
  var from = this.map.containerPointToLayerPoint([0, 0]);
  var to = this.map.containerPointToLayerPoint(size);
  var at = from.x + Math.round(this.at());
  L.DomUtil.setPosition(this.box, L.point(at, from.y));
  this.box.style.height = size.y + "px";
  this.box.classList.toggle("fc-swipe-aside", this.at() - this.left.offsetWidth < CORNER_PX ||
    this.at() + this.right.offsetWidth > size.x - CORNER_PX);
  this.layers.forEach(function (item) {
    var pane = this.map.getPane(item.layer.pane), ends = null;
    if (item.of === step.before) { ends = [from.x, at]; }
    if (item.of === step.after) { ends = [at, to.x]; }
    pane.style.clipPath = ends === null ? "" : "polygon(" + [[ends[0], from.y], [ends[1], from.y],
      [ends[1], to.y], [ends[0], to.y]].map(function (corner) {
      return corner[0] + "px " + corner[1] + "px";
    }).join(", ") + ")";
  }, this);
  var percent = Math.round(this.share * 100);
  this.grip.setAttribute("aria-valuenow", percent);
  this.grip.setAttribute("aria-valuetext", inLanguage(this.names[step.before], state.language) +
    ": " + inLanguage(fillIn(this.given.words.place, { n: String(percent) }), state.language));
};

/* -------------------------------------------------------------------------------- start */

var startWithoutSwipe = window.firecoverStart;

window.firecoverStart = function (map) {
  startWithoutSwipe(map);
  var swipe = window.firecover.swipe = new Swipe(map);
  // The address asks for a step, or, coming from another page, for a scenario to look at.
  var asked = queryValue("scenario"), steps = page.gain.steps;
  var step = steps.find(function (each) { return each.id === asked; }) ||
    steps.find(function (each) {
      return each.before === steps[0].before && each.after === asked;
    }) || steps[0];
  setScenario(step.id);
  setLanguage(state.language);
  if (step !== steps[0] || queryValue("figure")) { swipe.look(); }
};
