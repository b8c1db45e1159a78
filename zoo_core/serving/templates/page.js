// The page: pictures, models side by side, and controls that act at once.

const $ = (id) => document.getElementById(id);
const state = { models: [], off: new Set(), pictures: [], current: null, score: 0.5, iou: null, hidden: new Set() };
const pointed = new Map(); // the object of each model that the mouse or the keyboard is on

function element(kind, properties = {}, ...children) {
  const made = Object.assign(document.createElement(kind), properties);
  made.append(...children);
  return made;
}

function pressable(made, isPressed, act) {
  made.setAttribute("aria-pressed", isPressed);
  made.addEventListener("click", act);
  return made;
}

function tell(message) {
  $("message").textContent = message;
  $("message").hidden = !message;
}

const visibleModels = () => state.models.filter((each) => !state.off.has(each.name));
const objectsOf = (model, picture) => shown(picture.results.get(model.name)?.objects ?? [], model, state);

async function add(files) {
  tell("");
  for (const file of files) {
    const picture = { name: file.name || "picture", blob: file, results: new Map(), width: 4, height: 3, bitmap: null };
    try {
      picture.bitmap = await createImageBitmap(file);
      [picture.width, picture.height] = [picture.bitmap.width, picture.bitmap.height];
    } catch { /* the service says what is wrong with it, or knows a kind that this browser does not */ }
    picture.address = URL.createObjectURL(file);
    state.pictures.push(picture);
    select(picture);
  }
}

function select(picture) {
  state.current = picture;
  pointed.clear();
  $("work").hidden = false;
  for (const model of visibleModels()) look(model, picture);
  show();
}

async function look(model, picture) {
  if (picture.results.has(model.name)) return;
  picture.results.set(model.name, { waiting: true });
  try {
    const found = await candidatesOf(model, picture);
    if (!picture.bitmap) [picture.width, picture.height] = [found.width, found.height];
    picture.results.set(model.name, { objects: found.objects });
  } catch (error) {
    picture.results.set(model.name, { error: error.message });
  }
  if (picture === state.current) show();
}

function show() {
  const picture = state.current;
  if (!picture) return;
  $("score-value").textContent = state.score.toFixed(2);
  const limits = [...new Set(visibleModels().map((each) => each.iou.toFixed(2)))];
  $("iou-value").textContent = state.iou === null ? limits.join(", ") : state.iou.toFixed(2);
  showClasses(picture);
  $("pictures").replaceChildren(...state.pictures.map((each) => {
    const image = element("img", { src: each.address, alt: each.name });
    return pressable(element("button", { title: each.name }, image), each === picture, () => select(each));
  }));
  $("pictures").hidden = state.pictures.length < 2;
  const models = visibleModels();
  const panels = new Map([...$("panels").children].map((each) => [each.dataset.model, each]));
  $("panels").replaceChildren(...models.map((model) => panels.get(model.name) ?? panelOf(model)));
  for (const model of models) fill(model);
}

function showClasses(picture) {
  const counts = new Map();
  const colours = new Map();
  for (const model of visibleModels()) {
    for (const each of shown(picture.results.get(model.name)?.objects ?? [], model, { ...state, hidden: new Set() })) {
      counts.set(each.name, (counts.get(each.name) ?? 0) + 1);
      colours.set(each.name, model.classes[each.label].colour);
    }
  }
  const names = [...new Set([...counts.keys(), ...state.hidden])].sort();
  const focused = document.activeElement?.dataset?.className;
  $("classes").replaceChildren(...names.map((name) => {
    const swatch = element("span", { className: "swatch" });
    swatch.style.background = colours.get(name) ?? "transparent";
    const count = element("span", { className: "count", textContent: counts.get(name) ?? 0 });
    const chip = element("button", { className: "chip", title: "show or hide" }, swatch, name, count);
    chip.dataset.className = name;
    return pressable(chip, !state.hidden.has(name), () => {
      state.hidden.has(name) ? state.hidden.delete(name) : state.hidden.add(name);
      show();
    });
  }));
  if (focused) [...$("classes").children].find((each) => each.dataset.className === focused)?.focus();
}

function panelOf(model) {
  const canvas = element("canvas", { tabIndex: 0 });
  canvas.setAttribute("role", "img");
  const told = element("p", { className: "pointed" });
  told.setAttribute("aria-live", "polite");
  const panel = element(
    "figure", { className: "panel" },
    element("h2", {}, model.name, element("span", { className: "summary" })),
    element("p", { className: "bad fault", hidden: true }), canvas, told,
    element(
      "div", { className: "bar" },
      element("button", { textContent: "Picture", title: "download as PNG", onclick: () => savePicture(model) }),
      element("button", { textContent: "COCO JSON", title: "download all pictures", onclick: () => saveCoco(model) }),
    ),
  );
  panel.dataset.model = model.name;
  canvas.addEventListener("pointermove", (event) => {
    const bounds = canvas.getBoundingClientRect();
    const scale = state.current.width / bounds.width;
    const at = [(event.clientX - bounds.left) * scale, (event.clientY - bounds.top) * scale];
    point(model, objectAt(objectsOf(model, state.current), ...at));
  });
  canvas.addEventListener("pointerleave", () => point(model, null));
  canvas.addEventListener("keydown", (event) => step(model, event));
  return panel;
}

function point(model, object) {
  if ((pointed.get(model.name) ?? null) === object) return;
  pointed.set(model.name, object);
  fill(model);
}

// The arrows go from object to object, the highest-scoring first.
function step(model, event) {
  const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Escape: 0 }[event.key];
  const objects = objectsOf(model, state.current);
  if (by === undefined || !objects.length) return;
  event.preventDefault();
  const next = objects.indexOf(pointed.get(model.name)) + by;
  point(model, by ? objects[(next + objects.length + (next < -1 ? 1 : 0)) % objects.length] : null);
}

function fill(model) {
  const panel = [...$("panels").children].find((each) => each.dataset.model === model.name);
  const picture = state.current;
  const result = picture.results.get(model.name) ?? {};
  const objects = objectsOf(model, picture);
  const canvas = panel.querySelector("canvas");
  const object = objects.includes(pointed.get(model.name)) ? pointed.get(model.name) : null;
  const count = objects.length === 1 ? "1 object" : `${objects.length} objects`;
  panel.querySelector(".summary").textContent = result.waiting ? "looking…" : result.error ? "" : count;
  panel.querySelector(".fault").textContent = result.error ?? "";
  panel.querySelector(".fault").hidden = !result.error;
  canvas.hidden = Boolean(result.error) && !picture.bitmap;
  canvas.setAttribute("aria-label", `${picture.name}: ${count}; arrow keys name each`);
  for (const button of panel.querySelectorAll("button")) button.disabled = !result.objects;
  draw(canvas, picture, objects, model, Math.max(300, panel.clientWidth) * devicePixelRatio, object);
  panel.querySelector(".pointed").textContent = object ? inWords(object) : limitOf(model);
}

function inWords({ name, score, box: [x1, y1, x2, y2] }) {
  return `${name} ${score.toFixed(2)}: ${Math.round(x2 - x1)}×${Math.round(y2 - y1)} pixels at ${Math.round(x1)}, ${Math.round(y1)}`;
}

function limitOf(model) {
  const isBeyond = model.iou_is_fixed && state.iou > model.iou;
  return isBeyond ? `This file has suppressed above ${model.iou} by itself.` : "";
}

function savePicture(model) {
  const canvas = document.createElement("canvas");
  draw(canvas, state.current, objectsOf(model, state.current), model, state.current.width);
  canvas.toBlob((blob) => download(`${stem(state.current)}-${model.name}.png`, blob));
}

function saveCoco(model) {
  const pictures = state.pictures.filter((each) => each.results.get(model.name)?.objects);
  const text = JSON.stringify(coco(model, pictures, (picture) => objectsOf(model, picture)));
  download(`${model.name}.json`, new Blob([text], { type: "application/json" }));
}

const stem = (picture) => picture.name.replace(/\.[^.]*$/, "");

async function photograph() {
  if (!navigator.mediaDevices?.getUserMedia) return $("capture").click(); // only where the connection is secure
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    const video = document.querySelector("video");
    video.srcObject = stream;
    await video.play();
    $("camera").hidden = false;
  } catch {
    tell("There is no camera, or this page may not use it.");
  }
}

function stopCamera() {
  const video = document.querySelector("video");
  for (const track of video.srcObject?.getTracks() ?? []) track.stop();
  video.srcObject = null;
  $("camera").hidden = true;
}

function takePicture() {
  const video = document.querySelector("video");
  const canvas = element("canvas", { width: video.videoWidth, height: video.videoHeight });
  canvas.getContext("2d").drawImage(video, 0, 0);
  canvas.toBlob((blob) => add([new File([blob], `photograph-${state.pictures.length + 1}.jpg`)]), "image/jpeg", 0.95);
}

function showModels() {
  $("models").hidden = state.models.length < 2;
  $("models").replaceChildren(...state.models.map((model) => pressable(
    element("button", { className: "chip", textContent: model.name, title: "show or hide" }),
    !state.off.has(model.name),
    () => {
      state.off.has(model.name) ? state.off.delete(model.name) : state.off.add(model.name);
      showModels();
      if (state.current) select(state.current);
    },
  )));
}

async function showExamples() {
  const classes = (model) => JSON.stringify(model.classes);
  // Models of the same classes have mostly the same data.
  const different = state.models.filter((model, index) => state.models.findIndex((each) => classes(each) === classes(model)) === index);
  for (const model of different) {
    const blobs = await examplesOf(model).catch(() => []);
    if (!blobs.length) continue;
    $("examples").hidden = false;
    document.querySelector("#examples .strip").append(...blobs.map((blob, index) => {
      const name = `${model.name}-${index + 1}.jpg`;
      const image = element("img", { src: URL.createObjectURL(blob), alt: `example ${name}` });
      return element("button", { title: name, onclick: () => add([new File([blob], name)]) }, image);
    }));
  }
}

async function begin() {
  try {
    state.models = await (await ask("v1/models")).json();
  } catch (error) {
    $("token").hidden = error.status !== 401;
    return tell(error.status === 401 && !token ? "" : error.message);
  }
  $("token").hidden = true;
  $("sources").hidden = false;
  tell("");
  $("iou").value = state.models[0].iou;
  showModels();
  showExamples();
}

function listen() {
  const act = (id, kind, handler) => $(id).addEventListener(kind, handler);
  act("choose", "click", () => $("files").click());
  act("photograph", "click", photograph);
  act("take", "click", takePicture);
  act("stop", "click", stopCamera);
  for (const id of ["files", "capture"]) act(id, "change", ({ target }) => { add([...target.files]); target.value = ""; });
  for (const id of ["score", "iou"]) act(id, "input", ({ target }) => { state[id] = Number(target.value); show(); });
  act("token", "submit", (event) => { event.preventDefault(); token = $("token-text").value; begin(); });
  const over = (isOver) => document.body.classList.toggle("over", isOver);
  addEventListener("dragover", (event) => { event.preventDefault(); over(true); });
  addEventListener("dragleave", (event) => { if (!event.relatedTarget) over(false); });
  addEventListener("drop", (event) => { event.preventDefault(); over(false); add([...event.dataTransfer.files]); });
  addEventListener("paste", (event) => add([...event.clipboardData.files]));
  addEventListener("resize", show);
}

listen();
begin();
