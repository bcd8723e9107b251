/** Menus are <details data-menu>: Escape and a click elsewhere close them, and only one is open. */

function close(menu, { focus = false } = {}) {
  menu.open = false;
  if (focus) {
    menu.querySelector("summary").focus();
  }
}

const openMenus = () => document.querySelectorAll("details[data-menu][open]");

document.addEventListener("click", ({ target }) => {
  for (const menu of openMenus()) {
    if (!menu.contains(target)) {
      close(menu);
    }
  }
});

document.addEventListener("keydown", ({ key }) => {
  if (key === "Escape") {
    openMenus().forEach((menu) => close(menu, { focus: menu.contains(document.activeElement) }));
  }
});

document.addEventListener("focusin", ({ target }) => {
  for (const menu of openMenus()) {
    if (!menu.contains(target)) {
      close(menu);
    }
  }
});
