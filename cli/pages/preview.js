"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const pictures = document.getElementById("pictures");
const status = document.getElementById("status");
const filter = document.getElementById("class-filter");
const zoom = document.getElementById("zoom");
const originals = document.getElementById("originals");

function element(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

// A picture with what happened to it: `lines` under it if captions are shown, on hover always.
function figure(picture, name, lines, parameters, caption) {
  const image = element("img", { src: picture, alt: name + ": " + lines.join(", "), tabIndex: 0 });
  image.classList.toggle("small", data.width <= 96);
  const details = Object.entries(parameters || {})
    .filter(([, value]) => value !== null)
    .map(([key, value]) => key + ": " + (typeof value === "number" ? +value.toPrecision(5) : JSON.stringify(value)));
  const hint = element("div", { className: "hint", textContent: [name, ...(details.length ? details : lines)].join("\n") });
  const node = element("figure", {}, image, hint);
  if (caption) node.append(element("figcaption", { textContent: lines.join(", ") }));
  node.addEventListener("pointerenter", () =>
    node.classList.toggle("right", node.getBoundingClientRect().left + 260 > innerWidth));
  return node;
}

function original(row) {
  const node = figure(row.original, row.class, ["original", row.file], null, false);
  node.classList.add("original");
  return node;
}

// Rows of an original and its variants, for a page that stands alone.
function showRows() {
  pictures.replaceChildren(...data.rows.map((row) => {
    const tiles = element("div", { className: "tiles" }, original(row),
      ...row.variants.map((variant) =>
        figure(variant.picture, row.class, variant.lines, variant.parameters, data.captions)));
    const title = element("h2", {}, row.class + " ",
      element("span", { className: "faint", textContent: row.file }));
    const node = element("div", { className: "row" }, title, tiles);
    node.dataset.class = row.class;
    return node;
  }));
  applyFilter();
}

// One variant of every image, as a batch.
function showBatch(variants) {
  pictures.className = "batch";
  pictures.replaceChildren(...data.rows.map((row, index) => {
    const node = element("div", { className: "pair" });
    if (originals.checked) node.append(original(row));
    const variant = variants[index];
    node.append(figure(variant.picture, row.class, variant.lines, variant.parameters, false));
    node.dataset.class = row.class;
    return node;
  }));
  applyFilter();
}

function applyFilter() {
  for (const node of pictures.children) {
    node.hidden = filter.value !== "" && node.dataset.class !== filter.value;
  }
}

function applyZoom() {
  pictures.style.setProperty("--tile", zoom.value + "px");
}

for (const name of data.classes) filter.append(element("option", { value: name, textContent: name }));
filter.addEventListener("change", applyFilter);
zoom.addEventListener("input", applyZoom);
applyZoom();

// --- The live page: a slider for every parameter.

const CONTROLS = [
  ["Geometry", [
    { key: "rotation_range", label: "Rotation", max: 180, step: 1, unit: "°" },
    { key: "width_shift_range", label: "Width shift", max: 0.5, step: 0.01 },
    { key: "height_shift_range", label: "Height shift", max: 0.5, step: 0.01 },
    { key: "shear_range", label: "Shear", max: 90, step: 0.1, unit: "°" },
    { key: "zoom_range", label: "Zoom", pair: [1, 1], min: 0.25, max: 2, step: 0.01 },
    { key: "horizontal_flip", label: "Flip left-right", flag: true },
    { key: "vertical_flip", label: "Flip up-down", flag: true },
    { key: "fill_mode", label: "Outside the image", choices: ["nearest", "constant", "reflect", "wrap"] },
    { key: "cval", label: "Constant outside", max: 255, step: 1 },
    { key: "interpolation_order", label: "Interpolation", choices: [1, 0], names: ["linear", "nearest"] },
    { key: "axis_convention", label: "Axes", choices: ["correct", "keras3"] },
  ]],
  ["Colour", [
    { key: "brightness_range", label: "Brightness", pair: [1, 1], min: 0, max: 3, step: 0.01 },
    { key: "channel_shift_range", label: "Channel shift", max: 255, step: 1 },
    { key: "contrast_range", label: "Contrast", pair: [1, 1], min: 0, max: 3, step: 0.01 },
    { key: "saturation_range", label: "Saturation", pair: [1, 1], min: 0, max: 3, step: 0.01, colour: true },
    { key: "hue_range", label: "Hue", max: 180, step: 1, unit: "°", colour: true },
  ]],
  ["Erasing", [
    { key: "random_erase.probability", label: "Probability", max: 1, step: 0.01 },
    { key: "random_erase.area", label: "Area", pair: [0.02, 0.33], min: 0.01, max: 1, step: 0.01 },
    { key: "random_erase.ratio", label: "Height to width", pair: [0.3, 3.3], min: 0.1, max: 5, step: 0.1 },
    { key: "random_erase.value", label: "Level", max: 255, step: 1 },
  ]],
  ["Mixing", [
    { key: "mixup_alpha", label: "Mixup", max: 1, step: 0.01 },
    { key: "cutmix_alpha", label: "Cutmix", max: 1, step: 0.01 },
  ]],
];

const KEYS = new Set(CONTROLS.flatMap(([, controls]) => controls.map(({ key }) => key.split(".")[0])));

function neutral(control) {
  if (control.pair) return control.pair;
  if (control.flag) return false;
  if (control.choices) return control.choices[0];
  return 0;
}

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

// The value of every control; what has none (rescale, ...) stays as it was given.
const state = {};
let seed = data.seed;

function readInitial() {
  for (const [, controls] of CONTROLS) {
    for (const control of controls) {
      const [key, part] = control.key.split(".");
      let value = data.options[key];
      if (part && value !== undefined) value = value[part];
      state[control.key] = value === undefined || value === null ? neutral(control) : value;
    }
  }
}

function jsonOptions() {
  const result = {};
  for (const [key, value] of Object.entries(data.options)) {
    if (!KEYS.has(key)) result[key] = value;
  }
  for (const [, controls] of CONTROLS) {
    for (const control of controls) {
      const value = state[control.key];
      if (same(value, neutral(control))) continue;
      const [key, part] = control.key.split(".");
      if (!part) result[key] = value;
      else if (state["random_erase.probability"] > 0) (result[key] ||= {})[part] = value;
    }
  }
  return result;
}

const quoted = (text) => (/^[A-Za-z0-9_@%+=:,./-]+$/.test(text) ? text : "'" + text.replaceAll("'", "'\\''") + "'");

function commandLine(options) {
  const words = ["folio train", quoted(data.directory)];
  for (let [key, value] of Object.entries(options)) {
    if (key === "random_erase" && same(Object.keys(value), ["probability"])) value = value.probability;
    // What no option can say, the file says.
    if (typeof value === "object" && !Array.isArray(value)) return words.join(" ") + " --augment augment.json";
    const option = "--" + key.replaceAll("_", "-");
    if (value === true) words.push(option);
    else if (value === false) words.push("--no-" + option.slice(2));
    else if (Array.isArray(value)) words.push(option + " " + value.join(","));
    else words.push(option + " " + quoted(String(value)));
  }
  return words.join(" ");
}

const format = (value, unit = "") =>
  (Array.isArray(value) ? value.map((number) => +Number(number).toFixed(2)).join(" – ") : value) + unit;

function makeControl(control) {
  const output = element("output");
  const node = element("div", { className: "control" }, element("label", { textContent: control.label, title: control.key }));
  const inputs = [];
  const refresh = () => {
    const value = state[control.key];
    const off = same(value, neutral(control));
    output.textContent = off && !control.choices && !control.key.includes(".") ? "off" : format(value, control.unit);
    node.classList.toggle("on", !off);
  };
  const changed = (value) => {
    state[control.key] = value;
    refresh();
    redraw();
  };
  if (control.choices) {
    const select = element("select", {}, ...control.choices.map((choice, index) =>
      element("option", { value: index, textContent: (control.names || control.choices)[index] })));
    select.addEventListener("change", () => changed(control.choices[select.value]));
    node.append(select);
    inputs.push(() => { select.value = control.choices.indexOf(state[control.key]); });
  } else if (control.flag) {
    const box = element("input", { type: "checkbox" });
    box.addEventListener("change", () => changed(box.checked));
    node.append(box);
    inputs.push(() => { box.checked = state[control.key]; });
  } else {
    node.append(output);
    const slider = (index) => {
      const range = element("input", { type: "range", min: control.min || 0, max: control.max, step: control.step });
      range.setAttribute("aria-label", control.label + (control.pair ? (index ? ", to" : ", from") : ""));
      range.addEventListener("input", () => {
        const value = Number(range.value);
        if (!control.pair) return changed(value);
        const pair = [...state[control.key]];
        pair[index] = value;
        // The ends push each other along.
        if (pair[0] > pair[1]) pair[1 - index] = value;
        changed(pair);
        fill();
      });
      node.append(range);
      inputs.push(() => {
        const value = state[control.key];
        range.value = control.pair ? value[index] : Array.isArray(value) ? Math.max(...value) : value;
      });
    };
    slider(0);
    if (control.pair) slider(1);
  }
  const fill = () => { for (const set of inputs) set(); refresh(); };
  fill();
  node.title = control.key;
  return { node, fill };
}

let wanted = 0;
let running = false;
let lastVariants = null;

// At most one request is under way; what is moved meanwhile is drawn after it.
async function redraw() {
  wanted += 1;
  if (running) return;
  running = true;
  try {
    for (let drawn = 0; drawn !== wanted;) {
      drawn = wanted;
      const begin = performance.now();
      const options = jsonOptions();
      showText(options);
      const response = await fetch("render", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ augment: options, seed }),
      });
      const answer = await response.json();
      if (!response.ok) throw new Error(answer.error);
      lastVariants = answer.variants;
      showBatch(lastVariants);
      status.className = "faint";
      status.textContent = `${data.rows.length} images, seed ${seed}: drawn in ${Math.round(answer.milliseconds)} ms, shown after ${Math.round(performance.now() - begin)} ms`;
    }
  } catch (error) {
    status.className = "problem";
    status.textContent = error instanceof TypeError ? "folio preview has ended." : error.message;
  } finally {
    running = false;
  }
}

let jsonText, lineText;
function showText(options) {
  jsonText.textContent = JSON.stringify(options, null, 1);
  lineText.textContent = commandLine(options);
}

function copyBox(title) {
  const text = element("pre");
  const button = element("button", { type: "button", textContent: "Copy" });
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(text.textContent);
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 1200);
  });
  return [element("h3", {}, title, button), text];
}

function startLive() {
  const panel = document.getElementById("controls");
  panel.hidden = false;
  document.body.classList.add("live");
  document.getElementById("originals-choice").hidden = false;
  originals.addEventListener("change", () => showBatch(lastVariants));
  readInitial();
  const made = [];
  for (const [title, controls] of CONTROLS) {
    const group = element("details", { open: true }, element("summary", { textContent: title }));
    for (const control of controls) {
      if (control.colour && !data.colour) continue;
      const one = makeControl(control);
      made.push(one);
      group.append(one.node);
    }
    panel.append(group);
  }
  const again = element("button", { type: "button", textContent: "Draw again" });
  again.addEventListener("click", () => { seed = (seed + 1) % 4294967296; redraw(); });
  const reset = element("button", { type: "button", textContent: "Reset" });
  reset.addEventListener("click", () => {
    readInitial();
    seed = data.seed;
    for (const control of made) control.fill();
    redraw();
  });
  document.querySelector(".bar").append(again, reset);
  const [jsonTitle, json] = copyBox("augment.json");
  const [lineTitle, line] = copyBox("Command line");
  jsonText = json;
  lineText = line;
  pictures.after(element("div", { className: "copy" },
    element("div", {}, lineTitle, line), element("div", {}, jsonTitle, json)));
  redraw();
}

if (data.live) startLive();
else showRows();
