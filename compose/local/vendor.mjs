/** Copies what browsers load of other people's packages from node_modules to var/vendor, which is served as /static/vendor/. */

import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = new URL("../../", import.meta.url);
const PACKAGES = new URL("node_modules/", ROOT);
const VENDOR = new URL("var/vendor/", ROOT);

/** File in node_modules, and its name in var/vendor. The light hls.js lacks subtitles, other audio tracks and DRM. */
const FILES = {
  "@tabler/core/dist/css/tabler.min.css": "tabler.min.css",
  "hls.js/dist/hls.light.min.mjs": "hls.mjs",
  "htmx.org/dist/htmx.min.js": "htmx.min.js",
};

/** Source maps are not copied, and browsers' tools would ask for them in vain. */
const SOURCE_MAP = /\n?(?:\/\/# sourceMappingURL=.*|\/\*# sourceMappingURL=.*?\*\/)\s*$/;

await mkdir(VENDOR, { recursive: true });
for (const [source, name] of Object.entries(FILES)) {
  const text = await readFile(new URL(source, PACKAGES), "utf8");
  // Renamed into place, so that a running server never serves half a file.
  await writeFile(new URL(`${name}.new`, VENDOR), `${text.replace(SOURCE_MAP, "")}\n`);
  await rename(new URL(`${name}.new`, VENDOR), new URL(name, VENDOR));
}
const wanted = Object.values(FILES);
for (const name of await readdir(VENDOR)) {
  if (!wanted.includes(name)) {
    await rm(new URL(name, VENDOR));
  }
}
console.log(`${Object.keys(FILES).length} files in ${basename(fileURLToPath(new URL("..", VENDOR)))}/vendor`);
