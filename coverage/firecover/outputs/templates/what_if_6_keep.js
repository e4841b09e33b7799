/* The what-if page: its address and the snippet for the study file; and how it starts. */

WhatIfPage.prototype.writeAddress = function () {
  var lists = this.lists(), choice = this.choice, state = this.given.states[choice.state];
  function ids(stations) {
    return stations.map(function (station) { return encodeURIComponent(station.id); }).join(",");
  }
  var parts = ["from=" + encodeURIComponent(choice.from), "open=" + ids(lists.open),
    "close=" + ids(lists.close),
    state.scenario ? "roads=" + encodeURIComponent(state.scenario)
      : "speed=" + shortNumber(state.speed),
    "standard=" + shortNumber(this.given.limits_s[choice.standard] / 60),
    "villages=" + shortNumber(choice.villages)];
  if (this.byTime) { parts.push("colour=time"); }
  this.address = "#" + parts.join("&");
  if (window.location.hash !== this.address) {
    window.history.replaceState(null, "", this.address);
  }
};

WhatIfPage.prototype.readAddress = function () {
  if (window.location.hash === this.address || window.location.hash.length < 2) { return; }
  var asked = {}, mine = this, given = this.given, choice = this.choice;
  this.lost = [];
  window.location.hash.slice(1).split("&").forEach(function (part) {
    var at = part.indexOf("=");
    if (at > 0) { asked[part.slice(0, at)] = part.slice(at + 1); }
  });
  function plain(text) {
    try { return decodeURIComponent(text || ""); } catch (error) { return text; }
  }
  function place(list, test, name) {
    var found = list.findIndex(test);
    if (found < 0 && asked[name] !== undefined) { mine.lost.push(plain(asked[name])); }
    return found;
  }
  var from = place(given.scenarios, function (s) { return s.id === plain(asked.from); }, "from");
  Object.assign(choice, this.chosenBy(given.scenarios[Math.max(from, 0)]));
  [["open", true], ["close", false]].forEach(function (pair) {
    if (asked[pair[0]] === undefined) { return; }
    var ids = asked[pair[0]].split(",").filter(Boolean).map(plain);
    given.stations.forEach(function (station, row) {
      if (station.candidate === pair[1]) {
        choice.serves[row] = (ids.indexOf(station.id) >= 0) === pair[1];
      }
    });
    ids.forEach(function (id) {
      if (!given.stations.some(function (s) { return s.id === id && s.candidate === pair[1]; })) {
        mine.lost.push(id);
      }
    });
  });
  var state = asked.roads !== undefined
    ? place(given.states, function (s) { return s.scenario === plain(asked.roads); }, "roads")
    : place(given.states, function (s) {
      return !s.scenario && shortNumber(s.speed) === asked.speed;
    }, "speed");
  if (state >= 0) { choice.state = state; }
  var limit = place(given.limits_s, function (s) {
    return shortNumber(s / 60) === asked.standard;
  }, "standard");
  if (limit >= 0) { choice.standard = limit; }
  var box = byId("villages"), villages = Number(asked.villages);
  if (villages >= Number(box.min) && villages <= Number(box.max)) { choice.villages = villages; }
  this.setColours(asked.colour === "time");
};

function freeId(scenarios) {
  var id = "what_if", number = 1;
  function taken(each) { return each.id === id; }
  while (scenarios.some(taken)) { number += 1; id = "what_if_" + number; }
  return id;
}

WhatIfPage.prototype.snippet = function () {
  var given = this.given, choice = this.choice, lists = this.lists(), words = given.words;
  function ids(stations) {
    return "[" + stations.map(function (s) { return JSON.stringify(s.id); }).join(", ") + "]";
  }
  var lines = ["[scenarios." + freeId(given.scenarios) + "]",
    "title = " + JSON.stringify(byId("name").value || words.unnamed.join(" / "))];
  if (lists.open.length) { lines.push("open = " + ids(lists.open)); }
  if (lists.close.length) { lines.push("close = " + ids(lists.close)); }
  lines = lines.concat(given.states[choice.state].toml);
  function note(table, text) {
    lines.push("# " + fill(words.also, { table: table, text: text }).join(" / "));
  }
  var standard = given.limits_s[choice.standard];
  if (standard !== given.standard_s) { note("[rules]", "response_s = " + standard); }
  if (choice.villages !== given.villages_min) {
    note("[assessment]", "village_minutes = " + shortNumber(choice.villages));
  }
  return lines.join("\n") + "\n";
};

WhatIfPage.prototype.showSnippet = function () { byId("snippet").value = this.snippet(); };

WhatIfPage.prototype.save = function () {
  var link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([this.snippet()], { type: "application/toml" }));
  link.download = freeId(this.given.scenarios) + ".toml";
  link.click();
  URL.revokeObjectURL(link.href);
};

/* -------------------------------------------------------------------------------- start */

var whatIfLabels = { arrange: function () {} }; // the map's own labels arrange themselves
var startWithoutChoices = window.firecoverStart;

window.firecoverStart = function (map) {
  startWithoutChoices(map);
  unpackArrays(page.what_if.packed).then(function (common) {
    common.urban = [];
    common.zone.forEach(function (zone, i) { if (zone) { common.urban.push(i); } });
    var mine = window.firecover.whatIf = new WhatIfPage(map, common);
    mine.format = { rounded: rounded, number: numberText, percent: percentText };
    mine.setColours(false);
    mine.readAddress();
    mine.listen();
    return mine.update();
  }).then(function () {
    document.body.setAttribute("data-what-if", "ready");
  });
};
