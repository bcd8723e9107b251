/** Styles of the custom elements. A constructed sheet is no inline style, so the content security policy lets it be. */

/** @param {string} css used by the whole document from now on */
export function adoptStyle(css) {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}
