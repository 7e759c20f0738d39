"use strict";
// What a person decides here: image_id -> {field: value}, values absolute, as the commands read them with --corrections; and image_id ->
// {field: day}. A film is accepted by the field `review`; what that means is written out when the file is made.

const corrections = {
  said: {}, days: {}, history: [], reviewer: "",

  open() {
    try {
      const kept = JSON.parse(localStorage.getItem(this.key())) || {};
      this.said = kept.said || {};
      this.days = kept.days || {};
    } catch { this.said = {}; }
    let reviewer = "";
    try { reviewer = localStorage.getItem("radprep reviewer"); } catch { /* a browser that keeps nothing */ }
    this.sign(reviewer || "") || this.sign(`r-${crypto.getRandomValues(new Uint32Array(1))[0].toString(16).padStart(8, "0")}`);
  },

  key() { return `radprep decisions ${films.fingerprint}`; },

  // The code is drawn at random, so it holds no name; a person may take the same one to another browser. Returns whether it is one.
  sign(code) {
    if (!/^r-[0-9a-f]{8}$/.test(code)) return false;
    this.reviewer = code;
    try { localStorage.setItem("radprep reviewer", code); } catch { /* see above */ }
    return true;
  },

  today() {
    const now = new Date();
    return [now.getFullYear(), now.getMonth() + 1, now.getDate()].map(number => String(number).padStart(2, "0")).join("-");
  },

  of(film) { return this.said[films.get(film, "id")] || {}; },

  // without: a field that the new value takes the place of
  set(film, field, value, without) {
    const id = films.get(film, "id");
    this.history.push([id, { ...this.said[id] }, { ...this.days[id] }]);
    const isAsItWas = value === this.now(film, field) && field !== "status";
    const fields = { ...this.said[id], [field]: isAsItWas ? undefined : value };
    if (without) fields[without] = undefined;
    this.put(id, fields, { ...this.days[id], [field]: this.today() });
  },

  now(film, field) {
    return { inverted: Boolean(films.get(film, "inverted")), rotation_degrees: films.get(film, "turn"), parts: films.get(film, "parts"),
             status: films.get(film, "status"), boxes: films.get(film, "boxes") }[field];
  },

  final(film, field) {
    const value = this.of(film)[field];
    return value === undefined ? this.now(film, field) : value;
  },

  undo() {
    const last = this.history.pop();
    if (last) this.put(...last);
    return last ? last[0] : null;
  },

  discard() {
    this.said = {};
    this.days = {};
    this.history = [];
    this.keep();
  },

  put(id, fields, days) {
    const left = Object.entries(fields).filter(([, value]) => value !== undefined);
    if (left.length) {
      this.said[id] = Object.fromEntries(left);
      this.days[id] = days;
    } else { delete this.said[id]; delete this.days[id]; }
    this.keep();
  },

  keep() {
    try { localStorage.setItem(this.key(), JSON.stringify({ said: this.said, days: this.days })); }
    catch { /* a browser that keeps nothing still downloads */ }
  },

  count() { return Object.keys(this.said).length; },

  isSeen(film) { return Object.keys(this.of(film)).length > 0; },

  // What a person who looks at a film accepts: its marks, and what it will be, so that another film under the same name is not accepted.
  acceptance(film) {
    const facts = [`inverted=${this.final(film, "inverted")}`, `parts=${films.get(film, "parts") || 1}`,
                   `rotation_degrees=${Number(this.final(film, "rotation_degrees").toFixed(1))}`];
    return ["accepted", ...films.marks(film), ...facts, films.get(film, "seen")].filter(Boolean).join(" ");
  },

  // Who changes a film that is marked, or was and was accepted, has looked at it. What a film is cut into, nobody has seen yet.
  isAccepted(film, fields) {
    const isLooked = fields.review !== undefined || films.marks(film).length > 0 || films.get(film, "person").split("|").includes("accepted");
    return isLooked && fields.parts === undefined && fields.status === undefined;
  },

  // A film's parity is that of its parts unless they have a line of their own: the parts that were not meant get theirs.
  lines() {
    const lines = [];
    for (const [id, fields] of Object.entries(this.said)) {
      const film = films.columns.id.indexOf(id), days = this.days[id] || {};
      const line = (name, field, value, day) => lines.push([name, field, value, this.reviewer, day || ""].join(","));
      for (const [field, value] of Object.entries(fields))
        if (field !== "review") line(field === "boxes" ? boxes.whole(id) : id, field, value, days[field]);
      if (film >= 0 && this.isAccepted(film, fields)) {
        const last = Object.keys(fields).map(field => days[field] || "").sort().pop();
        line(id, "review", this.acceptance(film), days.review && fields.review ? days.review : last);
      }
      if (fields.inverted === undefined) continue;
      for (let other = 0; other < films.count; other++) {
        const name = films.get(other, "id");
        if (name.startsWith(`${id}-p`) && (this.said[name] || {}).inverted === undefined)
          line(name, "inverted", this.now(other, "inverted"), days.inverted);
      }
    }
    return lines.sort();
  },

  download() {
    const text = ["image_id,field,value,reviewer,date", ...this.lines(), ""].join("\n");
    const address = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
    make("a", { href: address, download: "corrections.csv" }).click();
    setTimeout(() => URL.revokeObjectURL(address), 10000);
  },
};
