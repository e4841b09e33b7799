/* Texts, language and scenario. Names from the data are only ever set as text, never as markup. (the map_*.js files are joined into one script, in one function: see maps/render.py) */

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
  document.querySelectorAll("optgroup[data-zh]").forEach(function (group) {
    group.label = group.getAttribute("data-" + state.language);
  });
  linkPages();
  fitHead();
  whenShown.forEach(function (act) { act(); });
}

/* Where the names of the pages have no room beside the title, they get a line of their own. */
function fitHead() {
  var head = document.querySelector(".fc-head"), nav = head.querySelector(".fc-nav");
  var before = head.offsetHeight;
  head.classList.remove("fc-head-two");
  head.classList.toggle("fc-head-two", nav.scrollWidth > nav.clientWidth + 1);
  var current = nav.querySelector("[aria-current]"); // on a phone the line is scrolled
  if (current) { nav.scrollLeft = current.offsetLeft - nav.offsetLeft - 10; }
  if (window.firecover && head.offsetHeight !== before) {
    window.firecover.map.invalidateSize({ animate: false });
  }
}

function showMatching() {
  document.querySelectorAll("[data-scenario], [data-variant]").forEach(function (element) {
    var scenario = element.getAttribute("data-scenario");
    var variant = element.getAttribute("data-variant");
    element.hidden = (scenario !== null && scenario !== state.scenario) ||
      (variant !== null && Number(variant) !== state.variant);
  });
}

/* Once something is chosen, the address tells it, so that a link to what is seen can be shared. */
function keepAddress() {
  var query = "?lang=" + state.language, ids = page.variant_ids || [];
  if (state.scenario) { query += "&scenario=" + encodeURIComponent(state.scenario); }
  if (ids.length) { query += "&figure=" + encodeURIComponent(ids[state.variant]); }
  try {
    window.history.replaceState(null, "", query + window.location.hash);
  } catch (error) { /* a page shown inside another may be forbidden to */ }
}

function setVariant(variant) {
  state.variant = variant;
  showMatching();
  whenShown.forEach(function (act) { act(); });
}

/* What the chosen figure says of a feature: [for sorting, text, what it is made of]. */
function figureOf(feature) {
  if (!page.places || feature.row === undefined) { return null; }
  return page.places[state.scenario][feature.row].figures[state.variant];
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
    control.addEventListener("change", function () {
      setScenario(control.value);
      keepAddress();
    });
  });
  document.querySelectorAll("[data-switch-language]").forEach(function (button) {
    button.addEventListener("click", function () {
      setLanguage(state.language === "zh" ? "en" : "zh");
      keepAddress();
    });
  });
  document.querySelectorAll("[data-print]").forEach(function (button) {
    button.addEventListener("click", function () { window.print(); });
  });
  window.addEventListener("resize", fitHead);
  setScenario(known ? asked : (page.scenarios[0] || null));
  setLanguage(queryValue("lang") === "en" ? "en" : "zh");
}
