/** From a playlist to a playing <video>: hls.js, or the browser's own HLS where there is no Media Source Extension. */

import Hls from "../vendor/hls.mjs";
import { livePlaylistLoader } from "./live-playlist-loader.js";
import { momentsOfFragments, momentsOfPlaylist } from "./programme-clock.js";
import { withToken } from "./playback-token.js";
import { placeAmong, stretchesOf } from "./playlist-stretches.js";

const HLS_TYPE = "application/vnd.apple.mpegurl";

/** In fragments, of about two seconds: play a little more than one behind the newest, and jump to there when five behind. */
const LIVE = { liveSyncDurationCount: 1.25, liveMaxLatencyDurationCount: 5, maxLiveSyncPlaybackRate: 1.05 };
const RECORDED = { maxBufferLength: 30 };

/**
 * @typedef {import("./programme-clock.js").Moment} Moment
 * @typedef {{stretch: number, seconds: number, at: number}} Place
 *
 * @typedef {object} Source
 * @property {() => Moment[]} moments of what plays without another source
 * @property {() => Moment[]} allMoments of the whole range
 * @property {() => number | null} goesOnAt the instant, in milliseconds, at which another source has to play the rest
 * @property {() => number} latency seconds behind the camera, as far as known
 * @property {() => void} destroy
 *
 * @typedef {object} Wish
 * @property {string} address of the playlist
 * @property {string} text of the playlist as it was just now
 * @property {boolean} live
 * @property {Place | null} place to begin at; null live
 * @property {() => string} token the newest
 * @property {(trouble: {kind: "forbidden" | "network" | "codec" | "media", detail: string}) => void} onTrouble
 */

/** @param {HTMLVideoElement} video @param {Wish} wish @returns {Source | null} null where the browser cannot play HLS */
export function openSource(video, wish) {
  if (Hls.isSupported()) {
    return openHls(video, wish);
  }
  return video.canPlayType(HLS_TYPE) ? openNative(video, wish) : null;
}

/** Where a playlist shows an instant, or what follows it; null without footage. @returns {Place | null} */
export function placeIn(text, instant, patience) {
  return placeAmong(Hls.isSupported() ? stretchesOf(text) : [text], instant, patience);
}

function openHls(video, { address, text, live, place, token, onTrouble }) {
  const stretch = place?.stretch ?? 0;
  let newest = text;
  const cut = (whole) => stretchesOf((newest = whole))[stretch];
  const hls = new Hls({
    ...(live ? { ...LIVE, pLoader: livePlaylistLoader(Hls.DefaultConfig.loader) } : { ...RECORDED, startPosition: place.seconds, pLoader: loaderThat(cut) }),
    backBufferLength: 30,
    // Every request carries the newest token, so that a renewal does not interrupt what is playing.
    xhrSetup: (xhr, url) => xhr.open("GET", withToken(url, token()), true),
  });
  let recoveredAt = -Infinity;
  hls.on(Hls.Events.ERROR, (_, { fatal, type, details, response }) => {
    const kind = kindOf(type, details, response);
    if (!fatal && kind !== "forbidden") {
      return; // hls.js tries again by itself, also what is forbidden: with the same token, in vain
    }
    if (type === Hls.ErrorTypes.MEDIA_ERROR && performance.now() - recoveredAt > 5000) {
      recoveredAt = performance.now();
      hls.recoverMediaError();
      return;
    }
    onTrouble({ kind, detail: details });
  });
  hls.loadSource(address);
  hls.attachMedia(video);
  return {
    moments: () => momentsOfFragments(hls.latestLevelDetails?.fragments ?? []),
    allMoments: () => momentsOfPlaylist(newest),
    goesOnAt: () => momentsOfPlaylist(stretchesOf(newest)[stretch + 1] ?? "")[0]?.at ?? null,
    latency: () => hls.latency || 0,
    destroy: () => hls.destroy(),
  };
}

/** A loader of playlists, which are changed before hls.js reads them. */
function loaderThat(change) {
  return class extends Hls.DefaultConfig.loader {
    load(context, config, callbacks) {
      const onSuccess = (answer, ...more) => callbacks.onSuccess({ ...answer, data: change(answer.data) }, ...more);
      super.load(context, config, { ...callbacks, onSuccess });
    }
  };
}

function kindOf(type, details, response) {
  if ([401, 403].includes(response?.code)) {
    return "forbidden";
  }
  if (type === Hls.ErrorTypes.NETWORK_ERROR) {
    return "network";
  }
  return /codec/i.test(details) ? "codec" : "media";
}

function openNative(video, { address, text, live, place, onTrouble }) {
  const moments = momentsOfPlaylist(text);
  const failed = () => {
    const unsupported = video.error?.code === MediaError.MEDIA_ERR_SRC_NOT_SUPPORTED;
    onTrouble({ kind: unsupported ? "codec" : "network", detail: video.error?.message ?? "" });
  };
  const begin = () => {
    if (!live) {
      video.currentTime = place.seconds;
    }
  };
  video.addEventListener("error", failed);
  video.addEventListener("loadedmetadata", begin, { once: true });
  video.src = address;
  return {
    moments: () => moments,
    allMoments: () => moments,
    goesOnAt: () => null,
    latency: () => (video.seekable.length ? video.seekable.end(0) - video.currentTime : 0),
    destroy: () => {
      video.removeEventListener("error", failed);
      video.removeEventListener("loadedmetadata", begin);
      video.removeAttribute("src");
      video.load();
    },
  };
}
