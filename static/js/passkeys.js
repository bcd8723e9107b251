/**
 * Passkeys (WebAuthn). Three kinds of forms, each hidden until it is known that the browser can:
 * [data-passkey] answers a challenge, [data-passkey-new] makes a passkey, and a button [data-passkey-button] answers a
 * challenge in a form that has other ways too. The attribute names where options come from; the answer goes into the
 * form's field `credential`, and the form is sent.
 */

const TROUBLE = {
  NotAllowedError: "No passkey was given. Try again, or take another way.",
  InvalidStateError: "This device has a passkey for your account already.",
  SecurityError: "The browser gives no passkeys to this address.",
};

if (window.PublicKeyCredential && window.isSecureContext && !isAddress(location.hostname)) {
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    offer(form, form.dataset.passkey, use);
  }
  for (const form of document.querySelectorAll("form[data-passkey-new]")) {
    offer(form, form.dataset.passkeyNew, make);
  }
  for (const button of document.querySelectorAll("[data-passkey-button]")) {
    button.hidden = false;
    button.addEventListener("click", (event) => {
      event.preventDefault();
      answer(button.form, button.dataset.passkeyButton, use);
    });
  }
} else {
  for (const words of document.querySelectorAll("[data-no-passkeys]")) {
    words.hidden = false;
  }
}

/** A passkey belongs to a name; to a bare address of the network there is none. */
function isAddress(host) {
  return /^[\d.]+$/.test(host) || host.includes(":");
}

function offer(form, source, ceremony) {
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    answer(form, source, ceremony);
  });
}

async function answer(form, source, ceremony) {
  const trouble = form.querySelector("[data-passkey-trouble]");
  trouble.textContent = "";
  try {
    const credential = await ceremony(await options(form, source));
    form.elements.credential.value = JSON.stringify(credential);
    HTMLFormElement.prototype.submit.call(form);
  } catch (error) {
    trouble.textContent = TROUBLE[error.name] ?? "That did not work. Load the page again and try once more.";
  }
}

/** Whoever was asked in the meantime who they are is led there by the server, as a page. */
async function options(form, source) {
  const csrf = form.elements.csrfmiddlewaretoken.value;
  const response = await fetch(source, { method: "POST", headers: { "X-CSRFToken": csrf } });
  if (response.redirected) {
    location.assign(response.url);
    return new Promise(() => {});
  }
  if (!response.ok) {
    throw new Error(`options: ${response.status}`);
  }
  return (await response.json()).publicKey;
}

async function use(publicKey) {
  publicKey.challenge = bytes(publicKey.challenge);
  for (const known of publicKey.allowCredentials ?? []) {
    known.id = bytes(known.id);
  }
  const { id, rawId, type, response } = await navigator.credentials.get({ publicKey });
  const { authenticatorData, clientDataJSON, signature, userHandle } = response;
  return {
    id,
    rawId: text(rawId),
    type,
    clientExtensionResults: {},
    response: {
      authenticatorData: text(authenticatorData),
      clientDataJSON: text(clientDataJSON),
      signature: text(signature),
      userHandle: userHandle ? text(userHandle) : null,
    },
  };
}

async function make(publicKey) {
  publicKey.challenge = bytes(publicKey.challenge);
  publicKey.user.id = bytes(publicKey.user.id);
  for (const known of publicKey.excludeCredentials ?? []) {
    known.id = bytes(known.id);
  }
  const { id, rawId, type, response } = await navigator.credentials.create({ publicKey });
  const { attestationObject, clientDataJSON } = response;
  return {
    id,
    rawId: text(rawId),
    type,
    clientExtensionResults: {},
    response: { attestationObject: text(attestationObject), clientDataJSON: text(clientDataJSON) },
  };
}

/** base64url (RFC 4648 section 5) to bytes. */
function bytes(encoded) {
  const plain = atob(encoded.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

/** Bytes to base64url, without padding. */
function text(buffer) {
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
