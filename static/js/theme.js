/**
 * Dark or light, before anything is painted: a classic script in <head>. The choice is "dark", "light" or "auto", which is
 * what the browser prefers; [data-theme-choice] buttons change it, and it is remembered in this browser.
 */
(() => {
  const KEY = "vms-theme";
  const dark = matchMedia("(prefers-color-scheme: dark)");

  function chosen() {
    try {
      return localStorage.getItem(KEY) ?? "auto";
    } catch {
      return "auto"; // storage may be forbidden
    }
  }

  function show(choice) {
    const theme = choice === "auto" ? (dark.matches ? "dark" : "light") : choice;
    document.documentElement.dataset.bsTheme = theme;
    for (const button of document.querySelectorAll("[data-theme-choice]")) {
      button.setAttribute("aria-pressed", String(button.dataset.themeChoice === choice));
    }
  }

  function choose(choice) {
    try {
      localStorage.setItem(KEY, choice);
    } catch {
      // It then lasts as long as the page.
    }
    show(choice);
  }

  show(chosen());
  dark.addEventListener("change", () => show(chosen()));
  addEventListener("storage", ({ key }) => key === KEY && show(chosen()));
  document.addEventListener("DOMContentLoaded", () => {
    show(chosen());
    for (const button of document.querySelectorAll("[data-theme-choice]")) {
      button.addEventListener("click", () => choose(button.dataset.themeChoice));
    }
  });
})();
