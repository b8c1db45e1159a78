"use strict";
// Which of the candidates are shown: what the service does with its parameters `score`, `iou` and `keep`.

function overlap(a, b) {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  if (width <= 0 || height <= 0) return 0;
  const area = (box) => (box[2] - box[0]) * (box[3] - box[1]);
  return (width * height) / (area(a) + area(b) - width * height);
}

// Candidates come with the highest score first.
function suppressed(candidates, iou, perClass) {
  if (iou >= 1) return candidates;
  const kept = [];
  for (const each of candidates) {
    const rival = (other) => (!perClass || other.label === each.label) && overlap(other.whole, each.whole) > iou;
    if (!kept.some(rival)) kept.push(each);
  }
  return kept;
}

function shown(candidates, model, { score, iou, hidden }) {
  const limit = iou ?? (model.iou_is_fixed ? 1 : model.iou);
  return suppressed(candidates, limit, model.per_class)
    .slice(0, model.keep)
    .filter((each) => each.score >= score && !hidden.has(each.name));
}
