"use strict";
// The gallery: a page of films at a time, so that the document stays small; and the card of one film.

const PAGE = 60;
const byId = id => document.getElementById(id);
const turned = degrees => Math.round((180 - ((180 - degrees) % 360 + 360) % 360) * 1e6) / 1e6;

const gallery = {
  wanted: {}, found: [], marked: [], refused: {}, page: 0, at: 0, before: false,

  start() {
    corrections.open();
    byId("gallery").hidden = false;
    this.fill("label", [["", "any"], ...this.values("label").map(label => [`=${label || ""}`, label || "none"])]);
    this.fill("maker", [["", "any"], ...this.values("maker").map(maker => [`=${maker || ""}`, maker || "unknown"])]);
    this.fill("corrected", [["", "any"], ["yes", "yes"], ["no", "no"]]);
    this.fill("why", [["", "any"], ...this.values("why").filter(Boolean).map(why => [why, words(why)])]);
    const marks = [...new Set(films.values.review.flatMap(text => text ? text.split("|") : []))].sort();
    this.fill("mark", [["", "any or none"], ...(marks.length ? [["left", "not looked at yet"], ["any", "any mark"]] : []), ...marks.map(mark => [mark, words(mark)])]);
    this.fill("sort", [["", "as in the data set"], ...films.steps.map(step => [step, `least sure: ${words(step)}`])]);
    for (const name of ["status", "why", "mark", "corrected", "sort"]) byId(name).onchange = event => this.choose({ [name]: event.target.value });
    for (const name of ["label", "maker"]) byId(name).onchange = ({ target }) => this.choose({ [name]: target.value ? target.value.slice(1) : undefined });
    byId("find").oninput = event => this.choose({ find: event.target.value.trim() });
    byId("clear").onclick = () => this.show({});
    byId("back").onclick = () => this.turn(-1);
    byId("on").onclick = () => this.turn(1);
    byId("save").onclick = () => corrections.download();
    byId("reviewer").value = corrections.reviewer;
    byId("reviewer").onchange = ({ target }) => { corrections.sign(target.value.trim().toLowerCase()); target.value = corrections.reviewer; };
    this.marked = [...films.columns.id.keys()].filter(film => films.isMarked(film));
    byId("forget").onclick = () => { if (confirm("Discard every correction made here?")) { corrections.discard(); this.draw(); } };
    document.addEventListener("click", event => this.follow(event));
    document.addEventListener("keydown", event => this.key(event));
    byId("card").onclose = () => { byId("card").replaceChildren(); this.focus(card.place); };
    this.show({});
  },

  values(name) { return [...films.values[name]].sort(); },

  fill(id, options) { byId(id).replaceChildren(...options.map(([value, text]) => make("option", { value, textContent: text }))); },

  follow(event) {
    const link = event.target.closest("a[data-show]");
    if (link) this.show(Object.fromEntries(new URLSearchParams(link.dataset.show)));
  },

  show(wanted) {
    this.wanted = wanted;
    for (const name of ["status", "why", "mark", "corrected", "sort", "find"]) byId(name).value = wanted[name] || "";
    for (const name of ["label", "maker"]) byId(name).value = wanted[name] === undefined ? "" : `=${wanted[name]}`;
    this.filter();
  },

  choose(change) {
    Object.assign(this.wanted, change);
    this.filter();
  },

  filter() {
    this.found = films.select(this.wanted);
    this.page = this.at = 0;
    this.draw();
  },

  turn(step) {
    const last = Math.max(0, Math.ceil(this.found.length / PAGE) - 1);
    this.page = Math.min(last, Math.max(0, this.page + step));
    this.at = 0;
    this.draw();
  },

  shown() { return this.found.slice(this.page * PAGE, (this.page + 1) * PAGE); },

  draw() {
    const shown = this.shown();
    byId("grid").replaceChildren(...shown.map((film, place) => this.tile(film, place)));
    const first = this.page * PAGE;
    byId("place").textContent = shown.length
      ? `${first + 1}\u2013${first + shown.length} of ${this.found.length.toLocaleString("en")} of ${films.count.toLocaleString("en")} rows`
      : "No film is like that.";
    byId("back").disabled = this.page === 0;
    byId("on").disabled = first + PAGE >= this.found.length;
    this.tell();
  },

  tell() {
    const count = corrections.count();
    byId("save").disabled = byId("forget").disabled = !count;
    byId("save").textContent = `Download corrections.csv${count ? ` (${count} ${count === 1 ? "film" : "films"})` : ""}`;
    const left = this.marked.filter(film => !corrections.isSeen(film)).length, all = this.marked.length;
    byId("left").hidden = !left;
    const here = films.pictures ? " in this sample" : "";
    byId("queue").textContent = left ? `${left.toLocaleString("en")} of ${all.toLocaleString("en")} marked films${here} are still to look at.`
      : all ? `Nothing is left to look at${here}: each marked film was accepted, changed or rejected. Download the file and give it to the command above.`
      : `Nothing is left to look at${here}: no film carries a review mark.`;
  },

  tile(film, place) {
    const said = corrections.of(film);
    const tile = make("button", { type: "button", className: "film", onclick: () => { this.at = place; card.open(film); },
                                  onfocus: () => { this.at = place; } });
    tile.dataset.film = film;
    if (films.marks(film).length) tile.classList.add("marked");
    if (Object.keys(said).length) tile.classList.add(said.status === "rejected" ? "said-rejected" : "said");
    const picture = card.picture(film, this.before ? ["before", "after"] : ["after", "before"], "");
    const instead = !picture && films.get(film, "hidden") ? make("span", { className: "withheld", textContent: films.get(film, "hidden") }) : null;
    const shown = picture || instead;
    tile.append(...(shown ? [shown] : []), this.caption(film));
    tile.classList.add(`is-${films.get(film, "status")}`, ...(shown ? [] : ["none"]));
    return tile;
  },

  caption(film) {
    const said = Object.entries(corrections.of(film)).map(
      ([field, value]) => `\u270e ${field === "review" ? value : `${words(field)} ${shortened(value)}`}`);
    const before = films.get(film, "person") ? films.get(film, "person").split("|").map(word => `\u2713 ${words(word)}`) : [];
    const status = films.get(film, "status");
    const why = status === "kept" ? films.marks(film).map(mark => `? ${words(mark)}`) : [`${status}: ${words(films.get(film, "why"))}`];
    const refused = this.refused.film === film && this.refused.refusal ? [`! ${this.refused.refusal}`] : [];
    return [films.get(film, "label") || "no label", ...why, ...before, ...said, ...refused].join("\n");
  },

  focus(place) {
    const tiles = byId("grid").children;
    if (!tiles.length) return;
    this.at = Math.min(tiles.length - 1, Math.max(0, place));
    tiles[this.at].focus();
  },

  move(step) {
    const place = this.at + step;
    if (place < 0 && this.page > 0) { this.turn(-1); this.at = PAGE - 1; }
    else if (place >= this.shown().length && (this.page + 1) * PAGE < this.found.length) this.turn(1);
    else this.at = Math.min(this.shown().length - 1, Math.max(0, place));
    if (byId("card").open) card.open(this.shown()[this.at]);
    else this.focus(this.at);
  },

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select")) return;
    const inside = byId("card").open || byId("grid").contains(document.activeElement);
    const film = this.shown()[this.at];
    const name = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (name === "j" || name === "k") {
      if (inside) this.move(name === "j" ? 1 : -1);
      else this.focus(this.at);
    } else if (!inside || film === undefined) return;
    else if (name === "n" || name === "p") { this.turn(name === "n" ? 1 : -1); this.focus(0); }
    else if (name === "b") { this.before = !this.before; this.draw(); this.focus(this.at); }
    else if (name === "u") this.after(films.columns.id.indexOf(corrections.undo()), "undone");
    else if (!this.correct(film, name)) return;
    event.preventDefault();
  },

  correct(film, name) {
    const image = films.get(film, "image") && films.get(film, "status") !== "failed";
    const kept = films.get(film, "status") === "kept", byStep = films.stage !== "convert";  // convert takes no other corrections
    const turn = step => turned(corrections.final(film, "rotation_degrees") + step);
    const change = {
      a: image && (kept ? ["review", "accepted", "status"] : byStep && ["status", "kept"]), r: image && ["status", "rejected", "review"],
      i: kept && byStep && ["inverted", !corrections.final(film, "inverted")],
      ArrowLeft: kept && byStep && ["rotation_degrees", turn(90)], ArrowRight: kept && byStep && ["rotation_degrees", turn(-90)],
    }[name] ?? (/^[1-9]$/.test(name) ? kept && byStep && ["parts", Number(name)] : undefined);
    if (change === undefined) return false;
    const isUnseen = name === "a" && kept && !films.get(film, "after") && films.get(film, "hidden");
    const refusal = isUnseen ? "cannot be accepted unseen: make the page with --show-marked" : change ? "" : "cannot be corrected";
    const earlier = this.refused.film;
    this.refused = { film, refusal };
    if (earlier !== undefined) this.redraw(earlier);
    if (!refusal) corrections.set(film, ...change);
    this.after(film, refusal || `${change[0] === "review" ? "" : `${words(change[0])} `}${change[1]}`);
    return true;
  },

  redraw(film) {
    const place = this.shown().indexOf(film);
    if (place >= 0) byId("grid").children[place].replaceWith(this.tile(film, place));
    return place;
  },

  after(film, text) {
    const place = this.redraw(film);
    this.tell();
    byId("said").textContent = film < 0 ? "Nothing to undo" : `${films.get(film, "id")}: ${text}`;
    if (byId("card").open) card.open(this.shown()[this.at]);
    else if (place >= 0) this.focus(place);
  },
};

const card = {
  place: 0,

  picture(film, kinds, alt) {
    const kind = kinds.find(name => films.url(film, name));
    if (!kind) return null;
    const picture = make("img", { loading: "lazy", alt, src: films.url(film, kind) });
    if (kind === "after") this.preview(film, picture);
    return picture;
  },

  preview(film, picture) {
    const turn = corrections.final(film, "rotation_degrees") - films.get(film, "turn");
    const flipped = corrections.final(film, "inverted") !== corrections.now(film, "inverted");
    if (turn) picture.style.rotate = `${-turn}deg`;
    if (flipped) picture.style.filter = "invert(1)";
  },

  open(film) {
    const dialog = byId("card");
    this.place = gallery.at;  // closing gives the focus back to the tile that opened it
    dialog.replaceChildren(
      make("header", {}, make("h3", { id: "card-title", textContent: `Film ${films.get(film, "id")}` }), this.buttons(film)),
      make("p", { textContent: gallery.caption(film).replaceAll("\n", " \u00b7 ") }), this.both(film),
      ...boxes.legend(film), ...boxes.editor(film), this.facts(film));
    if (!dialog.open) dialog.showModal();
    films.card(film, ({ decisions, file }) => {
      const { person, ...steps } = decisions;
      dialog.append(...(person ? [this.byPerson(person)] : []), ...boxes.lost(decisions.boxes), ...this.full(file), this.panels(film, steps));
    });
  },

  buttons(film) {
    const button = (textContent, onclick) => make("button", { type: "button", textContent, onclick });
    const canDecide = films.get(film, "image") && films.get(film, "status") !== "failed";
    const close = button("Close", () => byId("card").close());
    close.autofocus = true;  // Enter, pressed twice, must not decide anything
    const decide = canDecide ? [button("Accept (A)", () => gallery.correct(film, "a")), button("Reject (R)", () => gallery.correct(film, "r"))] : [];
    return make("span", { className: "buttons" }, ...decide, close);
  },

  both(film) {
    const figures = [["before", "as it came"], ["after", "as it is now"]].map(([kind, text]) => [this.picture(film, [kind], text), text, kind]);
    return make("div", { className: "both" }, ...figures.filter(([picture]) => picture).map(([picture, text, kind]) => {
      const figure = make("figure", {}, picture, make("figcaption", { textContent: text }));
      if (kind === boxes.side() && films.get(film, "status") === "kept") boxes.drawable(film, figure, picture);
      return figure;
    }));
  },

  // The PNG itself: a page in the folder of its data set can open it, a file that was mailed cannot.
  full(file) {
    if (!file) return [];
    if (films.root) return [make("p", {}, make("a", { href: films.root + file, target: "_blank", rel: "noopener", textContent: "Full resolution" }))];
    return [make("p", { className: "soft", textContent: `Full resolution: ${file} in the data set. Only the page that stands in its folder can open it.` })];
  },

  facts(film) {
    const get = name => films.get(film, name);
    const facts = {
      "Not shown": get("hidden"), "Study, patient": `${get("study")}, ${get("patient") || "unknown"}`, Detail: get("detail"),
      "Body part": get("text") || get("part") ? `${get("part") || "unknown"}, from the text ${get("text") || "(empty)"}` : "",
      Size: get("width") ? `${get("width")} x ${get("height")}, came as ${get("sourceWidth")} x ${get("sourceHeight")}` : "",
      Source: [get("machine"), get("photometric")].filter(Boolean).join(", "), "Burned-in text": get("risk") && `${get("risk")} risk`,
    };
    return make("dl", {}, ...Object.entries(facts).filter(([, text]) => text).flatMap(
      ([name, text]) => [make("dt", { textContent: name }), make("dd", { textContent: text })]));
  },

  // What a person decided before this page was made: what, by whom, when.
  byPerson(person) {
    const said = Object.entries(person).map(([field, one]) => {
      const what = field === "review" ? (one.outdated ? "accepted once, but the film has changed since" : "accepted") : `${words(field)} ${one.value}`;
      const signed = [one.reviewer, one.date].filter(Boolean).join(", ");
      return signed ? `${what} (${signed})` : what;
    });
    return make("p", { textContent: `By a person: ${said.join("; ")}` });
  },

  panels(film, decisions) {
    const address = films.url(film, "steps");
    const drawn = films.get(film, "panels").split("|");
    const seen = step => Object.entries(decisions[step] || {}).map(([name, value]) => `${words(name)} ${shortened(value)}`).join(", ");
    const names = address ? [...drawn, ...Object.keys(decisions).filter(step => !drawn.includes(step))] : Object.keys(decisions);
    return make("div", { className: "panels" }, ...names.map(step => {
      const place = address ? drawn.indexOf(step) : -1;
      const text = make("figcaption", { textContent: `${words(step)}: ${seen(step)}` });
      if (place < 0) return make("figure", {}, text);
      const picture = make("img", { alt: `what ${words(step)} saw`, src: address });
      picture.style.objectPosition = `${-200 * place}px 0`;
      return make("figure", {}, picture, text);
    }));
  },
};

function shortened(value) {
  const text = typeof value === "string" ? value : JSON.stringify(typeof value === "number" ? Math.round(value * 1000) / 1000 : value);
  return text.length > 60 ? `${text.slice(0, 59)}\u2026` : text;
}
