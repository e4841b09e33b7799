/* The what-if page: from who responds to the figures, by the definitions of assessment/. */

/* Between which places each row has anything but LATER: stations come to a part only. */
function spans(classes, count) {
  var found = [];
  for (var start = 0; start < classes.length; start += count) {
    var from = start, to = start + count;
    while (from < to && classes[from] === LATER) { from += 1; }
    while (to > from && classes[to - 1] === LATER) { to -= 1; }
    found.push([from - start, to - start]);
  }
  return found;
}

/* The least of some rows at each place: the class of the first arrival. */
function firstClass(classes, count, rows, ends) {
  var first = new Uint8Array(count).fill(LATER);
  rows.forEach(function (row) {
    var mine = classes.subarray(row * count, (row + 1) * count), to = ends[row][1];
    for (var i = ends[row][0]; i < to; i += 1) {
      if (mine[i] < first[i]) { first[i] = mine[i]; }
    }
  });
  return first;
}

/* First and second arrival at each place; of two that arrive together the earlier row counts. */
function firstTwo(seconds, count, rows) {
  var first = new Float64Array(count).fill(Infinity), who = new Uint16Array(count).fill(NOBODY);
  var second = new Float64Array(count).fill(Infinity);
  var next = new Uint16Array(count).fill(NOBODY);
  rows.forEach(function (row) {
    for (var i = 0; i < count; i += 1) {
      var arrival = seconds[row * count + i];
      if (arrival < first[i]) {
        second[i] = first[i]; next[i] = who[i];
        first[i] = arrival; who[i] = row;
      } else if (arrival < second[i]) {
        second[i] = arrival; next[i] = row;
      }
    }
  });
  return { first: first, who: who, second: second, next: next };
}

/* Of the stations that hold jurisdictions, the first at each cell of the urban area. */
function firstHolder(order, count, holding) {
  var first = new Uint16Array(count).fill(NOBODY), deep = order.length / Math.max(count, 1);
  for (var i = 0; i < count; i += 1) {
    for (var j = 0; j < deep; j += 1) {
      var row = order[j * count + i];
      if (row === NOBODY) { break; }
      if (holding[row]) { first[i] = row; break; }
    }
  }
  return first;
}

/* Who comes where when, in a state of the roads and with these stations. */
function arrive(common, state, given, serves) {
  var rows = [], holding = [], ends = state.ends;
  given.stations.forEach(function (station, row) {
    var responds = serves[row] && station.there;
    holding.push(responds && station.holds);
    if (responds) { rows.push(row); }
  });
  var holders = rows.filter(function (row) { return holding[row]; });
  return {
    rows: rows, holders: holders,
    population: firstClass(state.population, common.population.length, rows, ends.population),
    built_up: firstClass(state.built_up, common.built_up.length, rows, ends.built_up),
    held: firstClass(state.built_up, common.built_up.length, holders, ends.built_up),
    holder: firstHolder(state.holders, common.urban.length, holding),
    villages: firstTwo(state.villages_s, given.villages.length, rows),
    seats: firstTwo(state.seats_s, given.townships.length, rows)
  };
}

function zeros(count) { return new Float64Array(count); }

/* Persons (km²) by class of arrival, and by township within the standard and in all. */
function tally(classes, weights, townships, count, standard) {
  var found = { byClass: zeros(256), reached: zeros(count), all: zeros(count), total: 0 };
  for (var i = 0; i < classes.length; i += 1) {
    found.byClass[classes[i]] += weights[i];
    found.total += weights[i];
    var town = townships[i];
    if (town >= 0) {
      found.all[town] += weights[i];
      if (classes[i] <= standard) { found.reached[town] += weights[i]; }
    }
  }
  return found;
}

function within(byClass, limit) {
  var sum = 0;
  for (var i = 0; i <= limit; i += 1) { sum += byClass[i]; }
  return sum;
}

function ratio(part, whole) { return whole > 0 ? part / whole : null; }

function urbanReached(common, classes, standard) {
  var sum = 0;
  common.urban.forEach(function (cell) {
    if (classes[cell] <= standard) { sum += common.built_up[cell]; }
  });
  return sum;
}

/* Jurisdictions against the caps of their stations' classes; see assessment/jurisdictions.py. */
function areaFigures(common, given, arrived) {
  var area = {}, suburb = {}, urban = 0, meets = 0, fails = 0, capacity = 0;
  common.urban.forEach(function (cell, i) {
    var row = arrived.holder[i], km2 = common.built_up[cell];
    urban += km2;
    area[row] = (area[row] || 0) + km2;
    if (common.zone[cell] === 2) { suburb[row] = (suburb[row] || 0) + km2; }
  });
  delete area[NOBODY];
  arrived.holders.forEach(function (row) {
    var cap = given.stations[row].cap_km2;
    if (cap !== null && (suburb[row] || 0) / area[row] > 1 / 2) { cap = given.suburb_cap_km2; }
    capacity = cap === null || capacity === null ? null : capacity + cap;
    if (cap === null || area[row] === undefined) { return; }
    if (area[row] <= cap) { meets += 1; } else { fails += 1; }
  });
  var held = Object.keys(area).length;
  var short = capacity === null ? null : Math.max(0, urban - capacity);
  return {
    urban_km2: urban, area_per_station_km2: ratio(urban, held), stations_holding_area: held,
    stations_meeting_area: meets, stations_failing_area: fails, area_capacity_km2: capacity,
    area_shortfall_km2: short !== null && short < given.rounding_km2 ? 0 : short
  };
}

function villageFigures(arrived, limit) {
  var first = Array.from(arrived.villages.first), come = first.filter(isFinite);
  come.sort(function (a, b) { return a - b; });
  var half = come.length >> 1;
  var median = come.length % 2 ? come[half] : (come[half - 1] + come[half]) / 2;
  function count(times) {
    return Array.from(times).filter(function (t) { return t <= limit; }).length;
  }
  return {
    villages: first.length, villages_reached: count(first),
    villages_reached_share: ratio(count(first), first.length),
    villages_two: count(arrived.villages.second),
    villages_nobody: first.length - come.length,
    village_median_s: come.length ? median : null,
    village_worst_s: come.length ? come[come.length - 1] : null
  };
}

/* All figures of a choice: headline, townships; ``standard`` is a place among the limits. */
function tell(common, given, arrived, standard, villages_s) {
  var count = given.townships.length, figures = {};
  ["fire", "township", "micro"].forEach(function (tier) {
    figures["stations_" + tier] = arrived.rows.filter(function (row) {
      return given.stations[row].tier === tier;
    }).length;
  });
  var people = tally(arrived.population, common.population, common.population_township, count,
    standard);
  var area = tally(arrived.built_up, common.built_up, common.built_up_township, count, standard);
  figures.population_total = people.total;
  given.minutes.forEach(function (band) {
    var reached = within(people.byClass, given.limits_s.indexOf(band[1]));
    figures["population_reached_" + band[0]] = reached;
    figures["population_share_" + band[0]] = ratio(reached, people.total);
    figures["seats_reached_" + band[0]] = Array.from(arrived.seats.first).filter(function (t) {
      return t <= band[1];
    }).length;
  });
  Object.assign(figures, areaFigures(common, given, arrived), villageFigures(arrived, villages_s));
  figures.built_up_km2 = area.total;
  var parts = {
    urban_reached: [urbanReached(common, arrived.held, standard), figures.urban_km2],
    urban_any_reached: [urbanReached(common, arrived.built_up, standard), figures.urban_km2],
    built_up_any_reached: [within(area.byClass, standard), area.total]
  };
  Object.keys(parts).forEach(function (name) {
    figures[name + "_km2"] = parts[name][0];
    figures[name + "_share"] = ratio(parts[name][0], parts[name][1]);
  });
  Object.keys(figures).forEach(function (key) {
    var said = given.said.indexOf(key) >= 0;
    figures[key] = said ? rounded(figures[key], given.digits[key]) : null;
  });
  figures.standard_reached = rounded(within(people.byClass, standard), 0);
  figures.standard_share = rounded(ratio(within(people.byClass, standard), people.total), 6);
  return { figures: figures, people: people, area: area, towns: townsTold(common, given, arrived,
    people, area, villages_s) };
}

function townsTold(common, given, arrived, people, area, villages_s) {
  var villages = zeros(given.townships.length), reached = zeros(given.townships.length);
  common.villages_township.forEach(function (town, i) {
    if (town < 0) { return; }
    villages[town] += 1;
    if (arrived.villages.first[i] <= villages_s) { reached[town] += 1; }
  });
  return given.townships.map(function (town, i) {
    var seat = arrived.seats.first[i], known = town.area;
    return {
      share: known ? rounded(ratio(people.reached[i], people.all[i]), 6) : null,
      reached: people.reached[i],
      built_up_share: known ? rounded(ratio(area.reached[i], area.all[i]), 6) : null,
      villages: known ? villages[i] : null, villages_reached: known ? reached[i] : null,
      seat_s: isFinite(seat) ? rounded(seat, 1) : null, seat_station: arrived.seats.who[i]
    };
  });
}
