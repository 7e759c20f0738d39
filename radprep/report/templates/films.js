"use strict";
// The rows that data.js brings, by column; a film is the number of its row.

const films = {
  columns: {}, values: {}, steps: [], pictures: null, cards: new Map(), cardRows: 1, count: 0, fingerprint: "", stage: "", sourceStage: "",
  root: "", boxColours: {},

  get(film, name) {
    const value = this.columns[name][film];
    return name in this.values ? this.values[name][value] : value;
  },

  marks(film) {
    const text = this.get(film, "review");
    return text ? text.split("|") : [];
  },

  // Whether a person decided something else than the steps: a film that was accepted stays as it was.
  isCorrected(film) { return (this.get(film, "person") || "").split("|").some(word => word && word !== "accepted"); },

  isMarked(film) { return this.get(film, "status") === "kept" && this.get(film, "review") !== ""; },

  url(film, kind) {
    const hash = this.get(film, kind);
    if (!hash) return "";
    const id = kind === "before" ? this.get(film, "film") : this.get(film, "id");
    const name = `pictures/${id.slice(0, 2)}/${id}-${hash}.webp`;
    return this.pictures ? this.pictures[name] || "" : name;
  },

  select(wanted) {
    const found = [];
    const ids = wanted.ids ? new Set(wanted.ids.split(",")) : null;
    for (let film = 0; film < this.count; film++) if (this.fits(film, wanted, ids)) found.push(film);
    if (wanted.sort) this.leastSureFirst(found, wanted.sort);
    return found;
  },

  fits(film, wanted, ids) {
    const level = this.columns.level[film];
    if (ids && !ids.has(this.get(film, "id"))) return false;
    if (wanted.from && level < Number(wanted.from)) return false;
    if (wanted.below && level >= Number(wanted.below)) return false;
    for (const name of ["status", "why", "risk"]) if (wanted[name] && (this.get(film, name) || "unknown") !== wanted[name]) return false;
    if (wanted.maker !== undefined && (this.get(film, "maker") || "") !== wanted.maker) return false;
    if (wanted.corrected && this.isCorrected(film) !== (wanted.corrected === "yes")) return false;
    if (wanted.label !== undefined && (this.get(film, "label") || "") !== wanted.label) return false;
    const marks = this.marks(film);
    if (wanted.mark === "left" && !(this.isMarked(film) && !corrections.isSeen(film))) return false;
    if (wanted.mark && wanted.mark !== "left" && !(wanted.mark === "any" ? marks.length : marks.includes(wanted.mark))) return false;
    return !wanted.find || ["id", "study", "patient"].some(name => String(this.get(film, name) || "").startsWith(wanted.find));
  },

  leastSureFirst(found, step) {
    const place = film => {
      const marked = this.marks(film).some(mark => mark.startsWith(`${step}:`));
      const sure = this.columns.sure[film][step];
      return (marked ? 0 : 2) + (sure === undefined ? (marked ? 0 : 9) : sure);
    };
    const places = new Map(found.map(film => [film, place(film)]));
    found.sort((one, other) => places.get(one) - places.get(other) || one - other);
  },

  card(film, then) {
    const number = Math.floor(film / this.cardRows);
    if (this.cards.has(number)) return then(this.cards.get(number)[film % this.cardRows]);
    const script = document.createElement("script");
    script.src = `cards/${number}.js`;
    script.onload = () => { script.remove(); then(this.cards.get(number)[film % this.cardRows]); };
    script.onerror = () => { script.remove(); then({ decisions: {}, file: "" }); };
    document.head.append(script);
  },
};

function make(tag, texts, ...children) {
  const element = Object.assign(document.createElement(tag), texts);
  element.append(...children);
  return element;
}

const words = text => String(text).replaceAll("_", " ").replace(":", ": ");

function radprepPictures(pictures) { films.pictures = pictures; }
function radprepCards(number, rows) { films.cards.set(number, rows); }
function radprepData(data) {
  Object.assign(films, data, { count: (data.columns.id || []).length });
  gallery.start();
}
// state.js says which state the data set beside this page has now: a run that changes it writes that file anew.
function radprepState(fingerprint) { document.getElementById("older").hidden = fingerprint === films.fingerprint; }
