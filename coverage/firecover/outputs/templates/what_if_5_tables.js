/* The what-if page: figures, townships and villages as tables. */

var MOST_VILLAGES = 400; // rows in the list at once

function cell(row, text, className, tag) {
  return put(row.appendChild(make(tag || "td", className)), text);
}

function signed(value, digits) {
  if (value === null || rounded(value, digits) === 0) { return "—"; }
  return (value > 0 ? "+" : "−") + numberText(Math.abs(value), digits);
}

/* How a line of the table changes; several counts in one line each have their own. */
function changeText(now, before, digits) {
  if (now === null || before === null) { return "—"; }
  if (!Array.isArray(now)) { return signed(now - before, digits); }
  var steps = now.map(function (count, i) { return signed(count - before[i], 0); });
  return steps.every(function (step) { return step === "—"; }) ? "—"
    : steps.join(" / ").replace(/—/g, "0");
}

/* What a line of the table shows of some figures: [text, smaller text, what to compare]. */
WhatIfPage.prototype.lineText = function (line, figures) {
  var amounts = this.given.amounts, values = line.keys.map(function (key) { return figures[key]; });
  if (values[0] === null) { return [amounts.cannot_say, "", null]; }
  var unit = line.unit;
  if (unit === "counts") { return [values.join(" / "), "", values]; }
  if (unit === "count") { return [numberText(values[0], 0), "", values[0]]; }
  if (unit === "minutes") {
    return [fill(amounts.minutes, { n: numberText(values[0] / 60, 1) }), "", values[0] / 60];
  }
  if (unit === "area") {
    return [fill(amounts.km2, { n: numberText(values[0], 2) }), "", values[0]];
  }
  var digits = unit === "km2" ? 2 : 0;
  var part = amounts["part_" + (unit === "number" ? "count" : unit)];
  return [percentText(values[0]), fill(part, { part: numberText(values[1], digits),
    whole: numberText(values[2], digits) }), values[1]];
};

var DIGITS = { km2: 2, area: 2, minutes: 1 };

WhatIfPage.prototype.showFigures = function () {
  var body = byId("figures"), mine = this, given = this.given;
  var standard = given.limits_s[this.choice.standard] / 60;
  var values = { m: shortNumber(standard), v: shortNumber(this.choice.villages) };
  body.textContent = "";
  var first = { label: given.words.standard_people, unit: "people",
    keys: ["standard_share", "standard_reached", "population_total"] };
  [first].concat(given.rows).forEach(function (line) {
    if (mine.toldBefore.figures[line.keys[0]] === null && mine.told.figures[line.keys[0]] === null) {
      return;
    }
    if (line.keys[0] === "standard_share" && given.said.indexOf("population_total") < 0) { return; }
    var row = body.appendChild(make("tr")), now = mine.lineText(line, mine.told.figures);
    var before = mine.lineText(line, mine.toldBefore.figures);
    row.setAttribute("data-key", line.keys[0]);
    cell(row, fill(line.label, values), "fc-text", "th");
    var shown = row.appendChild(make("td"));
    put(shown.appendChild(make("strong")), now[0]);
    if (now[1]) { put(shown.appendChild(make("small")), now[1]); }
    cell(row, before[0]);
    var change = changeText(now[2], before[2], DIGITS[line.unit] || 0);
    cell(row, change, /[+−]/.test(change) ? "fc-wi-changed" : "");
  });
};

WhatIfPage.prototype.showTownships = function () {
  var body = byId("townships"), mine = this, given = this.given;
  var map = this.map, layer = layerOf("township_names", "areas");
  body.textContent = "";
  given.townships.forEach(function (town, i) {
    var now = mine.told.towns[i], before = mine.toldBefore.towns[i];
    var row = body.appendChild(make("tr"));
    cell(row, town.name, "fc-text");
    cell(row, now.share === null ? "–" : percentText(now.share));
    cell(row, now.share === null ? "–" : signed(now.reached - before.reached, 0));
    cell(row, now.built_up_share === null ? "–" : percentText(now.built_up_share));
    cell(row, now.villages === null ? "–" : now.villages_reached + " / " + now.villages);
    cell(row, now.seat_s === null ? "–" : numberText(now.seat_s / 60, 1));
    cell(row, now.seat_station === NOBODY ? "–" : given.stations[now.seat_station].name, "fc-text");
    leadTo(row, map, layer, given.drawn.township_names.indexOf(i));
  });
};

function leadTo(row, map, layer, feature) {
  if (feature < 0) { return; }
  row.tabIndex = 0;
  row.className = "fc-wi-link";
  function go() { show(map, whatIfLabels, layer, layer.features[feature]); }
  row.addEventListener("click", go);
  row.addEventListener("keydown", function (event) { if (event.key === "Enter") { go(); } });
}

WhatIfPage.prototype.showVillageList = function () {
  var body = byId("village-list"), mine = this, given = this.given;
  var limit = this.choice.villages * 60, filter = byId("filter").value;
  var now = this.now.villages, before = this.before.villages, layer = layerOf("villages", "points");
  var listed = given.villages.map(function (name, row) {
    return { row: row, name: name, change: villageChange(now.first[row], before.first[row], limit) };
  }).filter(function (each) {
    var moved = now.first[each.row] !== before.first[each.row];
    return filter === "all" || (filter === "late" ? each.change > 1 : moved);
  });
  listed.sort(function (a, b) {
    return now.first[b.row] - now.first[a.row] || a.row - b.row || 0;
  });
  body.textContent = "";
  listed.slice(0, MOST_VILLAGES).forEach(function (each) {
    var row = body.appendChild(make("tr")), town = mine.common.villages_township[each.row];
    var seconds = now.first[each.row], was = before.first[each.row];
    cell(row, each.name, "fc-text");
    cell(row, town < 0 ? "–" : given.townships[town].name, "fc-text");
    cell(row, isFinite(seconds) ? numberText(rounded(seconds, 1) / 60, 1) : "–");
    cell(row, isFinite(seconds) && isFinite(was) ? signed((seconds - was) / 60, 1) : "—");
    cell(row, given.words["village_" + ["gained", "kept", "lost", "never"][each.change]], "fc-text");
    leadTo(row, mine.map, layer, given.drawn.villages.indexOf(each.row));
  });
  setText(byId("village-count"), fill(given.words.listed, { n: String(listed.length),
    all: String(given.villages.length), shown: String(Math.min(listed.length, MOST_VILLAGES)) }));
};

