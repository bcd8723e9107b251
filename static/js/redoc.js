/** Shows the API's description as a document. Its styles carry the page's nonce, which the content security policy knows. */

/** Redoc asks its maker's server for a logo; this page asks nobody outside. */
const isFromHere = (address) => new URL(address, location.href).origin === location.origin;
const { setAttribute } = Element.prototype;
HTMLImageElement.prototype.setAttribute = function (name, value) {
  if (name !== "src" || isFromHere(value)) {
    setAttribute.call(this, name, value);
  }
};
const source = Object.getOwnPropertyDescriptor(HTMLImageElement.prototype, "src");
Object.defineProperty(HTMLImageElement.prototype, "src", {
  ...source,
  set(value) {
    if (isFromHere(value)) {
      source.set.call(this, value);
    }
  },
});

const place = document.getElementById("redoc");
const options = { nonce: place.dataset.nonce, sortRequiredPropsFirst: true, expandResponses: "200,201" };
Redoc.init(place.dataset.schema, options, place);
