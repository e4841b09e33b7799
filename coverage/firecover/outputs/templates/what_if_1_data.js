/* The what-if page: the arrays that it carries. (what_if_*.js follow the map_*.js in one function: see maps/render.py) */

var NOBODY = 0xFFFF; // among rows of stations
var LATER = 255; // among classes of arrival
var ARRAYS = { u1: Uint8Array, u2: Uint16Array, i2: Int16Array, i4: Int32Array, f8: Float64Array };

/* Undo what_if_pack.py: base64, gzip, and the planes of bytes (lowest bytes first). */
function unpackArrays(packed) {
  var text = atob(packed.text), bytes = new Uint8Array(text.length);
  for (var i = 0; i < text.length; i += 1) { bytes[i] = text.charCodeAt(i); }
  var stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).arrayBuffer().then(function (buffer) {
    var raw = new Uint8Array(buffer), at = 0, found = {};
    packed.arrays.forEach(function (each) {
      var Kind = ARRAYS[each[1]], length = each[2], size = Kind.BYTES_PER_ELEMENT;
      var whole = new Uint8Array(length * size);
      for (var plane = 0; plane < size; plane += 1) {
        for (var k = 0; k < length; k += 1) { whole[k * size + plane] = raw[at + k]; }
        at += length;
      }
      found[each[0]] = new Kind(whole.buffer);
    });
    return found;
  });
}

/* Longitudes, then latitudes, as steps of 1/100 000 degree. */
function unpackPlaces(steps) {
  var count = steps.length / 2, lon = new Float64Array(count), lat = new Float64Array(count);
  for (var part = 0; part < 2; part += 1) {
    for (var i = 0, sum = 0; i < count; i += 1) {
      sum += steps[part * count + i];
      (part ? lat : lon)[i] = sum / DEGREE;
    }
  }
  return { lon: lon, lat: lat };
}

/* -------------------------------------------------------------------- numbers in words */

/* Round as Python does: to the nearest, and from the exact middle to the even digit. */
function rounded(value, digits) {
  if (value === null) { return null; }
  var exact = Math.abs(value).toFixed(80 > digits ? 80 : digits).split(".");
  var kept = exact[1].slice(0, digits), rest = exact[1].slice(digits);
  var down = Number(exact[0] + (digits ? "." + kept : ""));
  var middle = "5" + "0".repeat(rest.length - 1);
  var last = Number((exact[0] + kept).slice(-1));
  var up = rest > middle || (rest === middle && last % 2 === 1);
  var result = up ? Number(raised(exact[0] + kept, digits)) : down;
  return value < 0 ? -result || 0 : result;
}

/* One more in the last digit of a number that is written without its point. */
function raised(written, digits) {
  var next = (BigInt(written) + 1n).toString().padStart(digits + 1, "0");
  return digits ? next.slice(0, -digits) + "." + next.slice(-digits) : next;
}

function fixed(value, digits) {
  return rounded(value, digits).toFixed(digits);
}

/* As maps/text.py: number: thousands apart; a tiny one is not told as nothing. */
function numberText(value, digits) {
  var least = Math.pow(10, -digits);
  if (value > 0 && value < least / 2) { return "<" + String(Number(least.toPrecision(6))); }
  var parts = fixed(value, digits).split(".");
  parts[0] = parts[0].replace(/\B(?=(\d{3})+(?!\d))/g, ",");
  var text = parts.join(".");
  return Number(text.replace(/,/g, "")) === 0 ? text.replace("-", "") : text;
}

/* As maps/text.py: percent: 0 % and 100 % stand for nothing and all, never nearly so. */
function percentText(share) {
  if (share > 0 && share < 0.0005) { return "<0.1 %"; }
  if (share >= 0.9995 && share < 1) { return ">99.9 %"; }
  return fixed(share * 100, 1) + " %";
}

function shortNumber(value) { return String(Number(value.toPrecision(6))); }

function fill(text, values) {
  return text.map(function (words, index) {
    return words.replace(/\{(\w+)\}/g, function (_, name) {
      return inLanguage(values[name], index ? "en" : "zh");
    });
  });
}
