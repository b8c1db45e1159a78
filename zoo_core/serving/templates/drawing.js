// A picture with its boxes on a canvas, and as files.

// Black or white, whichever is legible on a colour.
function inkOn(colour) {
  const parts = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16) / 255);
  const [red, green, blue] = parts.map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 ? "#000" : "#fff";
}

const WIDEST = 4096; // canvas that every browser has

function draw(canvas, picture, objects, model, width, pointed = null) {
  const scale = Math.min(width, WIDEST) / picture.width;
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  const context = canvas.getContext("2d");
  if (picture.bitmap) context.drawImage(picture.bitmap, 0, 0, canvas.width, canvas.height);
  const unit = Math.max(1, canvas.width / 420);
  context.font = `${Math.round(11 * unit)}px system-ui, sans-serif`;
  const isPointed = (each) => each === pointed;
  const colour = (each) => model.classes[each.label].colour;
  // The highest-scoring on top, and what is pointed at above all.
  const order = [...objects.filter(isPointed), ...objects.filter((each) => !isPointed(each))];
  for (const each of [...order].reverse()) drawBox(context, each, colour(each), scale, unit, isPointed(each));
  const taken = [];
  for (const each of order) drawCaption(context, each, colour(each), scale, unit, taken);
}

function drawBox(context, object, colour, scale, unit, isPointed) {
  const [left, top, right, bottom] = object.box.map((value) => value * scale);
  context.lineWidth = (isPointed ? 5.5 : 3.5) * unit;
  context.strokeStyle = "rgb(255 255 255 / .75)";
  context.strokeRect(left, top, right - left, bottom - top);
  context.lineWidth = (isPointed ? 3.5 : 1.5) * unit;
  context.strokeStyle = colour;
  context.strokeRect(left, top, right - left, bottom - top);
}

// A caption for which there is no room beside those that are drawn is left out.
function drawCaption(context, object, colour, scale, unit, taken) {
  const [left, top] = object.box.map((value) => value * scale);
  const text = `${object.name} ${object.score.toFixed(2)}`;
  const [width, height] = [context.measureText(text).width + 6 * unit, 15 * unit];
  const x = Math.max(0, Math.min(left, context.canvas.width - width));
  const y = top >= height ? top - height : top;
  if (taken.some((other) => Math.abs(other.x - x) < Math.max(other.width, width) && Math.abs(other.y - y) < height)) return;
  taken.push({ x, y, width });
  context.fillStyle = colour;
  context.fillRect(x, y, width, height);
  context.fillStyle = inkOn(colour);
  context.fillText(text, x + 3 * unit, y + height - 4 * unit);
}

// The smallest object at a point of the picture, since a large one may hold it.
function objectAt(objects, x, y) {
  const around = objects.filter(({ box }) => x >= box[0] && x <= box[2] && y >= box[1] && y <= box[3]);
  const area = ({ box }) => (box[2] - box[0]) * (box[3] - box[1]);
  return around.reduce((best, each) => (best === null || area(each) < area(best) ? each : best), null);
}

// As `zoo predict --coco` writes it.
function coco(model, pictures, objectsOf) {
  const annotations = [];
  const images = pictures.map((picture, index) => {
    for (const { box: [x1, y1, x2, y2], score, label } of objectsOf(picture)) {
      const [width, height] = [x2 - x1, y2 - y1];
      annotations.push({
        id: annotations.length + 1, image_id: index + 1, category_id: label + 1, bbox: [x1, y1, width, height],
        score, area: width * height, iscrowd: 0,
      });
    }
    return { id: index + 1, file_name: picture.name, width: picture.width, height: picture.height };
  });
  const categories = model.classes.map(({ name }, label) => ({ id: label + 1, name }));
  return { annotations, images, categories };
}

function download(name, blob) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
