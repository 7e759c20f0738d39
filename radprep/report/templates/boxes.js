"use strict";
// The boxes of a film: their legend, and the field in which a person writes or draws others. They are said of the whole film, in pixels of
// the film as convert wrote it, whatever was cut from it.

const boxes = {
  label: "fracture",

  whole: id => id.replace(/(-p[0-9]+)+$/, ""),

  // The row that a correction of boxes is said of: the film's first image, where the page has it.
  target(film) {
    const first = films.columns.id.indexOf(this.whole(films.get(film, "id")));
    return first >= 0 ? first : film;
  },

  text(film) { return corrections.final(this.target(film), "boxes"); },

  list: text => text && text !== "none" ? text.split("+").map(one => one.trim().split(/\s+/)) : [],

  // The same text in one form, as the commands write it; null where it is none.
  canonical(text) {
    if (text.trim().toLowerCase() === "none") return "none";
    const found = text.split("+").map(one => one.trim().toLowerCase().split(/\s+/));
    const isBox = ([label, ...places]) => /^[a-z0-9][a-z0-9_]{0,63}$/.test(label) && places.length === 4
      && places.every(place => /^-?[0-9]{1,7}([.][0-9]{1,9})?$/.test(place)) && Number(places[2]) > 0 && Number(places[3]) > 0;
    return found.every(isBox) ? found.map(([label, ...places]) => [label, ...places.map(place => Number(Number(place).toFixed(3)))].join(" ")).join(" + ") : null;
  },

  legend(film) {
    const counts = new Map();
    for (const [label] of this.list(films.get(film, "boxes"))) counts.set(label, (counts.get(label) || 0) + 1);
    if (!counts.size) return [];
    const swatch = label => make("span", { className: "swatch", ariaHidden: "true", style: `--colour:${films.boxColours[label] || "#fff"}` });
    const entries = [...counts].map(([label, number]) => make("span", {}, swatch(label), `${words(label)} ${number}`));
    const all = [...counts.values()].reduce((sum, number) => sum + number), here = films.get(film, "boxesHere");
    const kept = films.get(film, "status") === "kept" ? [make("span", { textContent: `${here} of ${all} on this image` })] : [];
    return [make("p", { className: "legend" }, "Boxes drawn on the film: ", ...entries, ...kept)];
  },

  // Those that lie on no image of the film any more, as `decisions` list them.
  lost(said) {
    const listed = (said && said.lost) || [];
    const text = listed.map(({ label, film, why }) => `${words(label)} ${film.join(" ")} (${words(why)})`).join("; ");
    return text ? [make("p", { textContent: `On no image any more: ${text}` })] : [];
  },

  editor(film) {
    if (!films.get(film, "image") || films.get(film, "status") !== "kept") return [];
    const field = make("input", { id: "boxes", value: this.text(film), size: 44, maxLength: 16000, autocomplete: "off", spellcheck: false,
                                  placeholder: "none, or label x y width height + \u2026" });
    field.setAttribute("aria-describedby", "boxes-help");
    field.onchange = () => this.take(film, field.value);
    const how = this.side() && films.url(film, this.side()) ? " Or drag on the picture: the box gets this label." : "";
    const name = make("input", { id: "box-label", value: this.label, size: 12, maxLength: 64, autocomplete: "off", spellcheck: false });
    name.onchange = () => { this.label = name.value.trim().toLowerCase() || "fracture"; };
    return [make("p", { className: "tools" }, make("label", {}, "Boxes of the film", field), ...(how ? [make("label", {}, "Label", name)] : [])),
            make("p", { id: "boxes-help", className: "soft" }, `All boxes of the film, in pixels of the converted film, with + between two.${how}`)];
  },

  take(film, text) {
    const value = text.trim() ? this.canonical(text) : films.get(film, "boxes");
    const target = this.target(film);
    if (value === null) {
      byId("boxes").setAttribute("aria-invalid", "true");
      byId("boxes-help").textContent = "This is no list of boxes: write none, or label x y width height with + between two boxes.";
      return;
    }
    corrections.set(target, "boxes", value);
    gallery.after(film, value === films.get(target, "boxes") ? "boxes as they were" : `boxes ${value}`);
  },

  // The picture that shows the film as convert wrote it: only on that do places mean what a correction says.
  side() { return films.stage === "convert" ? "after" : films.sourceStage === "convert" ? "before" : ""; },

  // What a person has just said, over a picture that shows what stood there before: as large as the picture, and fitted as it is.
  said(film) {
    const target = this.target(film), text = this.text(film);
    if (text === films.get(target, "boxes")) return [];
    const space = "http://www.w3.org/2000/svg", over = document.createElementNS(space, "svg");
    over.setAttribute("viewBox", `0 0 ${films.get(film, "filmWidth")} ${films.get(film, "filmHeight")}`);
    over.setAttribute("class", "over");
    for (const [, ...places] of this.list(text)) for (const kind of ["halo", "line"]) {
      const shape = document.createElementNS(space, "rect");
      ["x", "y", "width", "height"].forEach((name, number) => shape.setAttribute(name, places[number]));
      shape.setAttribute("class", kind);
      over.append(shape);
    }
    return [over];
  },

  // A box is drawn with the pointer. The picture is small, so its place is as exact as a pixel of it.
  drawable(film, figure, picture) {
    const frame = make("span", { className: "rubber", hidden: true });
    let start = null;
    const place = event => {
      const shown = picture.getBoundingClientRect(), wide = films.get(film, "filmWidth"), tall = films.get(film, "filmHeight");
      const scale = Math.min(shown.width / wide, shown.height / tall);
      const at = (where, from, side, length) => Math.min(length, Math.max(0, (where - from - (side - length * scale) / 2) / scale));
      return [at(event.clientX, shown.left, shown.width, wide), at(event.clientY, shown.top, shown.height, tall)];
    };
    const drag = event => {
      const origin = figure.getBoundingClientRect();
      Object.assign(frame.style, { left: `${Math.min(start.x, event.clientX) - origin.left}px`, top: `${Math.min(start.y, event.clientY) - origin.top}px`,
                                   width: `${Math.abs(event.clientX - start.x)}px`, height: `${Math.abs(event.clientY - start.y)}px` });
      frame.hidden = false;
    };
    picture.draggable = false;
    picture.onpointerdown = event => { start = { x: event.clientX, y: event.clientY, at: place(event) }; picture.setPointerCapture(event.pointerId); };
    picture.onpointermove = event => { if (start) drag(event); };
    picture.onpointerup = event => {
      const from = start && start.at, to = place(event);
      start = null;
      frame.hidden = true;
      if (!from || Math.abs(from[0] - to[0]) < 1 || Math.abs(from[1] - to[1]) < 1) return;
      const box = [this.label, Math.min(from[0], to[0]), Math.min(from[1], to[1]), Math.abs(from[0] - to[0]), Math.abs(from[1] - to[1])];
      const written = box.map(one => typeof one === "number" ? one.toFixed(1) : one).join(" ");
      this.take(film, [...this.list(this.text(film)).map(one => one.join(" ")), written].join(" + "));
    };
    figure.append(...this.said(film), frame);
  },
};
