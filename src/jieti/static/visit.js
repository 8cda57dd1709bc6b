// A visit on the phone: drafts, photographs, signatures, and an outbox that sends each visit once, whenever it can.
const CACHE = "visits-1";
const LONGEST_SIDE = 1600;
const JPEG_QUALITY = 0.85;
const list = document.querySelector("[data-outbox]");
const form = document.querySelector("form[data-visit]");

// ---- what the phone keeps

const opened = new Promise((resolve, reject) => {
  const asked = indexedDB.open("visits", 1);
  asked.onupgradeneeded = () => {
    asked.result.createObjectStore("outbox", { keyPath: "key" });
    asked.result.createObjectStore("drafts", { keyPath: "visit" });
  };
  asked.onsuccess = () => resolve(asked.result);
  asked.onerror = () => reject(asked.error);
});

async function store(name, mode, deed) {
  const database = await opened;
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(name, mode);
    const asked = deed(transaction.objectStore(name));
    transaction.oncomplete = () => resolve(asked.result);
    transaction.onerror = () => reject(transaction.error);
  });
}

const put = (name, value) => store(name, "readwrite", (rows) => rows.put(value));
const take = (name, key) => store(name, "readonly", (rows) => rows.get(key));
const all = (name) => store(name, "readonly", (rows) => rows.getAll());
const drop = (name, key) => store(name, "readwrite", (rows) => rows.delete(key));

async function keepPages() {
  if (!("serviceWorker" in navigator)) return;
  await navigator.serviceWorker.register(document.body.querySelector("[data-worker]").dataset.worker);
  const cache = await caches.open(CACHE);
  const drawn = [...document.querySelectorAll("link[rel=stylesheet], link[rel=icon]")].map((one) => one.href);
  const scripts = [...document.querySelectorAll("script[src]")].map((one) => one.src);
  const forms = [...document.querySelectorAll("a[data-keep]")].map((one) => one.href);
  for (const address of new Set([location.href.split("#")[0], ...drawn, ...scripts, ...forms])) {
    const answer = await fetch(address, { credentials: "same-origin" }).catch(() => null);
    if (answer && answer.ok && !answer.redirected) await cache.put(address, answer);
  }
  tell(forms.length ? `${forms.length}户的走访表已经存到手机，没有网络也能打开。` : "");
}

// Somebody else may use this phone next: signing out takes everything away that was sent.
document.querySelectorAll("form[action$='/logout/']").forEach((one) => one.addEventListener("submit", async (event) => {
  event.preventDefault();
  const waiting = await all("outbox");
  if (waiting.length && !confirm(`还有${waiting.length}户的走访没有发送，退出后仍存在这部手机上。确定退出吗？`)) return;
  await caches.delete(CACHE);
  one.submit();
}));

// ---- the outbox

let sending = false;

async function send() {
  if (sending) return;
  sending = true;
  const before = (await all("outbox")).length;
  try {
    const waiting = await all("outbox");
    if (waiting.length) {
      const token = await askToken(waiting[0].token);
      if (token) for (const one of waiting) await sendOne(one, token);
    }
  } finally {
    sending = false;
    await show();
  }
  if (!form && (await all("outbox")).length < before) location.reload();
}

async function askToken(address) {
  const answer = await fetch(address, { headers: { Accept: "application/json" } }).catch(() => null);
  if (!answer) return "";
  if (answer.redirected || !answer.ok) {
    tell("没有登录，走访记录仍存在手机上。请登录后再打开这一页。");
    return "";
  }
  return (await answer.json()).token;
}

async function sendOne(one, token) {
  const body = new FormData();
  for (const [name, value] of one.fields) body.append(name, value);
  for (const [name, blob, file] of one.files) body.append(name, blob, file);
  const headers = { Accept: "application/json", "X-CSRFToken": token };
  const answer = await fetch(one.address, { method: "POST", headers, body }).catch(() => null);
  if (!answer) return;
  const said = answer.headers.get("Content-Type")?.includes("json") ? await answer.json() : null;
  if (said?.kept) {
    await drop("outbox", one.key);
    await drop("drafts", one.visit);
    await (await caches.open(CACHE)).delete(one.address);
  } else if (said) {
    await put("outbox", { ...one, refused: `${said.message}${said.what_to_do}` });
  } else {
    await put("outbox", { ...one, refused: `服务器没有接收（${answer.status}），请稍后再试。` });
  }
}

async function show() {
  if (!list) return;
  const waiting = await all("outbox");
  list.hidden = !waiting.length;
  const rows = list.querySelector("ul");
  rows.replaceChildren(...waiting.map((one) => {
    const row = document.createElement("li");
    const link = Object.assign(document.createElement("a"), { href: one.address, textContent: one.name });
    row.append(link, one.refused ? `：${one.refused}` : "：等待发送");
    return row;
  }));
}

function tell(words) {
  const place = document.querySelector("[data-told]");
  if (place) place.textContent = words;
}

// ---- the form

class Signature {
  constructor(canvas) {
    this.canvas = canvas;
    this.isEmpty = true;
    this.fit();
    canvas.addEventListener("pointerdown", (event) => this.begin(event));
    canvas.addEventListener("pointermove", (event) => this.draw(event));
    for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => { this.last = null; });
  }

  fit() {
    this.canvas.width = this.canvas.clientWidth * 2;
    this.canvas.height = this.canvas.clientHeight * 2;
    this.pen = this.canvas.getContext("2d");
    this.pen.fillStyle = "#fff";
    this.pen.fillRect(0, 0, this.canvas.width, this.canvas.height);
    Object.assign(this.pen, { lineWidth: 5, lineCap: "round", lineJoin: "round", strokeStyle: "#111" });
    this.isEmpty = true;
  }

  at(event) {
    return [event.offsetX * 2, event.offsetY * 2];
  }

  begin(event) {
    event.preventDefault();
    this.canvas.setPointerCapture(event.pointerId);
    this.last = this.at(event);
  }

  draw(event) {
    if (!this.last) return;
    const next = this.at(event);
    this.pen.beginPath();
    this.pen.moveTo(...this.last);
    this.pen.lineTo(...next);
    this.pen.stroke();
    this.last = next;
    this.isEmpty = false;
  }

  picture() {
    return new Promise((resolve) => this.canvas.toBlob(resolve, "image/png"));
  }
}

async function smaller(file) {
  const picture = await createImageBitmap(file).catch(() => null);
  if (!picture) return file;
  const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(picture.width * scale);
  canvas.height = Math.round(picture.height * scale);
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", JPEG_QUALITY));
}

const fields = () => [...new FormData(form)].filter(([name, value]) =>
  typeof value === "string" && name !== "csrfmiddlewaretoken");

function fill(kept) {
  for (const [name, value] of kept) {
    for (const field of form.elements) {
      if (field.name !== name || field.type === "file") continue;
      if (field.type === "radio") field.checked = field.value === value;
      else field.value = value;
    }
  }
}

async function beginForm() {
  const visit = form.dataset.visit;
  const photos = [];
  const signatures = {};
  document.body.classList.add("with-script");
  for (const canvas of form.querySelectorAll("canvas")) signatures[canvas.dataset.name] = new Signature(canvas);
  const draft = await take("drafts", visit);
  if (draft) {
    fill(draft.fields);
    photos.push(...(draft.photos || []));
  } else if (!form.elements.started_at.value) {
    const now = new Date(Date.now() - new Date().getTimezoneOffset() * 60000);
    form.elements.started_at.value = now.toISOString().slice(0, 16);
  }
  const keep = () => put("drafts", { visit, fields: fields(), photos });
  const count = form.querySelector("[data-photos]");
  const recount = () => { count.textContent = photos.length ? `已选${photos.length}张` : ""; };
  recount();
  form.addEventListener("input", keep);
  form.elements.photos.addEventListener("change", async (event) => {
    for (const file of event.target.files) photos.push({ name: file.name, blob: await smaller(file) });
    event.target.value = "";
    recount();
    await keep();
  });
  form.querySelector("[data-no-photos]").addEventListener("click", async () => {
    photos.length = 0;
    recount();
    await keep();
  });
  form.querySelectorAll("[data-clear]").forEach((button) => button.addEventListener("click", () =>
    signatures[button.dataset.clear].fit()));
  form.querySelector("[data-place]").addEventListener("click", () => navigator.geolocation?.getCurrentPosition(
    ({ coords }) => {
      form.elements.place.value = `${coords.latitude.toFixed(5)}, ${coords.longitude.toFixed(5)}`;
      keep();
    },
    () => complain("手机没有给出位置，请填写地名。"),
    { enableHighAccuracy: true, timeout: 15000 },
  ));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const missing = problems(photos, signatures);
    if (missing) return complain(missing);
    const files = photos.map((one, at) => ["photos", one.blob, one.name || `photo-${at + 1}.jpg`]);
    for (const [name, one] of Object.entries(signatures)) files.push([name, await one.picture(), `${name}.png`]);
    const { name, token } = form.dataset;
    const key = form.elements.client_key.value;
    await keep();
    await put("outbox", { key, visit, name, token, address: location.pathname, fields: fields(), files });
    await send();
    const left = (await all("outbox")).find((one) => one.key === key);
    if (!left) location.assign(form.dataset.next);
    else if (left.refused) complain(left.refused);
    else complain("没有网络：走访记录已经存在手机上，有网络时自动发送。", true);
  });
}

function problems(photos, signatures) {
  for (const field of form.elements) {
    if (!field.checkValidity()) {
      field.focus();
      return `没有填好：${field.closest("fieldset")?.querySelector("legend")?.textContent.trim()
        || field.labels?.[0]?.textContent.trim() || ""}。`;
    }
  }
  if (!photos.length) return "没有照片，请至少拍一张经营场所的照片。";
  const unsigned = Object.values(signatures).find((one) => one.isEmpty);
  if (unsigned) unsigned.canvas.scrollIntoView({ block: "center" });
  return unsigned ? `没有签名：${unsigned.canvas.getAttribute("aria-label")}。` : "";
}

function complain(words, good = false) {
  const place = document.querySelector("[data-problem]");
  place.className = good ? "note" : "note warn";
  place.hidden = false;
  place.textContent = words;
  place.focus();
}

addEventListener("online", send);
if (form) await beginForm();
await show();
await send();
await keepPages().catch(() => tell("这部手机不能离线打开走访表。"));
