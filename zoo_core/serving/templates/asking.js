// What is asked of the service.

let token = "";

class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

async function ask(path, options = {}) {
  const headers = token ? { Authorization: `Bearer ${token}` } : {};
  let answer;
  try {
    answer = await fetch(path, { ...options, headers });
  } catch {
    throw new Refused(0, "The service does not answer. Is it still running?");
  }
  if (answer.ok) return answer;
  const told = await answer.json().catch(() => ({}));
  throw new Refused(answer.status, told.error ?? `The service answered ${answer.status}.`);
}

const place = (model) => `v1/models/${encodeURIComponent(model.name)}`;

// Suppression sees whole boxes; what is drawn ends at the edges of the picture.
function clipped([x1, y1, x2, y2], width, height) {
  const within = (value, most) => Math.min(Math.max(value, 0), most);
  return [within(x1, width), within(y1, height), within(x2, width), within(y2, height)];
}

// All candidates before suppression, so that sliders need not ask again; an exported file has suppressed already.
async function candidatesOf(model, picture) {
  const address = `${place(model)}/candidates`;
  for (let tries = 0; ; tries += 1) {
    try {
      const body = new Blob([picture.blob], { type: "application/octet-stream" });
      const { width, height, objects } = await (await ask(address, { method: "POST", body })).json();
      return { width, height, objects: objects.map((each) => ({ ...each, whole: each.box, box: clipped(each.box, width, height) })) };
    } catch (error) {
      if (error.status !== 503 || tries === 5) throw error;
      await new Promise((resume) => setTimeout(resume, 1000));
    }
  }
}

async function examplesOf(model) {
  const count = await (await ask(`${place(model)}/examples`)).json();
  const blobs = Array.from({ length: count }, async (_, index) => (await ask(`${place(model)}/examples/${index}`)).blob());
  const settled = await Promise.allSettled(blobs);
  return settled.filter((each) => each.status === "fulfilled").map((each) => each.value);
}
