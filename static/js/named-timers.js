/** Timeouts by name: setting one again replaces it. */
export class NamedTimers {
  #running = new Map();

  set(name, run, milliseconds) {
    this.clear(name);
    this.#running.set(name, setTimeout(run, milliseconds));
  }

  clear(name) {
    clearTimeout(this.#running.get(name));
    this.#running.delete(name);
  }

  clearAll() {
    this.#running.forEach((timer) => clearTimeout(timer));
    this.#running.clear();
  }
}
