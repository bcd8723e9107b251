/** Instants as a site's clocks show them. Instants are milliseconds since the Unix epoch. */

const formats = new Map();

function format(zone, options) {
  const key = `${zone} ${JSON.stringify(options)}`;
  if (!formats.has(key)) {
    formats.set(key, new Intl.DateTimeFormat("en-GB", { timeZone: zone, hourCycle: "h23", ...options }));
  }
  return formats.get(key);
}

const HOURS_MINUTES = { hour: "2-digit", minute: "2-digit" };
const TO_THE_SECOND = { ...HOURS_MINUTES, second: "2-digit" };

/** "14:03" */
export function hoursAndMinutes(at, zone) {
  return format(zone, HOURS_MINUTES).format(at);
}

/** "14:03:07" */
export function clockTime(at, zone) {
  return format(zone, TO_THE_SECOND).format(at);
}

/** "Sun 27 Oct 2030, 02:30:00 CET": with the name of the offset, because an hour may come twice in a night. */
export function fullTime(at, zone) {
  const day = format(zone, { weekday: "short", day: "numeric", month: "short", year: "numeric" }).format(at);
  const clock = format(zone, { ...TO_THE_SECOND, timeZoneName: "short" }).format(at);
  return `${day.replace(",", "")}, ${clock}`;
}

/** Whole minutes that the site's clock shows since 00:00. */
export function minuteOfDay(at, zone) {
  const [hours, minutes] = hoursAndMinutes(at, zone).split(":").map(Number);
  return hours * 60 + minutes;
}

/** "2 h 5 min", "5 min", "42 s": two words at most. */
export function spokenLength(milliseconds) {
  const seconds = Math.round(milliseconds / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  if (hours) {
    return minutes ? `${hours} h ${minutes} min` : `${hours} h`;
  }
  if (minutes) {
    return seconds % 60 ? `${minutes} min ${seconds % 60} s` : `${minutes} min`;
  }
  return `${seconds} s`;
}
