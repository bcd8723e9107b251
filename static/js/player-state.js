/** What a player is doing, shown on its element: `data-state`, a line of words, and the event `vms-state` {state, words}. */

const NOTE_SHOWN = 6000;

export class PlayerState {
  name = "idle";
  #words = "";
  #note = "";
  #timer;

  /** @param {HTMLElement} player @param {HTMLElement} line shows the words; a live region */
  constructor(player, line) {
    Object.assign(this, { player, line });
  }

  /** @param {string} name @param {string} [words] said as long as the state lasts */
  show(name, words = "") {
    const changed = name !== this.name || words !== this.#words;
    [this.name, this.#words] = [name, words];
    this.player.dataset.state = name;
    this.#write();
    if (changed) {
      this.player.dispatchEvent(new CustomEvent("vms-state", { bubbles: true, detail: { state: name, words } }));
    }
  }

  /** Say something for a while, whatever the state, unless the state itself has something to say. */
  note(text) {
    clearTimeout(this.#timer);
    this.#note = text;
    this.#write();
    if (text) {
      this.#timer = setTimeout(() => this.note(""), NOTE_SHOWN);
    }
  }

  #write() {
    this.line.textContent = this.#words || this.#note;
  }
}
