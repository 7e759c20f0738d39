"use strict";
// What a person decides here: image_id -> {field: value}, values absolute, as `radprep preprocess --corrections` reads them.

const corrections = {
  said: {}, history: [],

  open() {
    try { this.said = JSON.parse(localStorage.getItem(this.key())) || {}; } catch { this.said = {}; }
  },

  key() { return `radprep corrections ${films.fingerprint}`; },

  of(film) { return this.said[films.get(film, "id")] || {}; },

  set(film, field, value) {
    const id = films.get(film, "id");
    this.history.push([id, { ...this.said[id] }]);
    this.put(id, { ...this.said[id], [field]: value === this.now(film, field) && field !== "status" ? undefined : value });
  },

  now(film, field) {
    return { inverted: Boolean(films.get(film, "inverted")), rotation_degrees: films.get(film, "turn"), parts: films.get(film, "parts"),
             status: films.get(film, "status") }[field];
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
    this.history = [];
    this.keep();
  },

  put(id, fields) {
    const left = Object.entries(fields).filter(([, value]) => value !== undefined);
    if (left.length) this.said[id] = Object.fromEntries(left);
    else delete this.said[id];
    this.keep();
  },

  keep() {
    try { localStorage.setItem(this.key(), JSON.stringify(this.said)); } catch { /* a browser that keeps nothing still downloads */ }
  },

  count() { return Object.keys(this.said).length; },

  // A film's parity is that of its parts unless they have a line of their own: the parts that were not meant get theirs.
  lines() {
    const lines = [];
    for (const [id, fields] of Object.entries(this.said)) {
      for (const [field, value] of Object.entries(fields)) lines.push(`${id},${field},${value}`);
      if (fields.inverted === undefined) continue;
      for (let film = 0; film < films.count; film++) {
        const other = films.get(film, "id");
        if (other.startsWith(`${id}-p`) && (this.said[other] || {}).inverted === undefined)
          lines.push(`${other},inverted,${this.now(film, "inverted")}`);
      }
    }
    return lines.sort();
  },

  download() {
    const text = ["image_id,field,value", ...this.lines(), ""].join("\n");
    const address = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
    make("a", { href: address, download: "corrections.csv" }).click();
    setTimeout(() => URL.revokeObjectURL(address), 10000);
  },
};
