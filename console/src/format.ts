/** Numbers and times, as people read them. */

const LANGUAGE = "en";
const count = new Intl.NumberFormat(LANGUAGE);
const short = new Intl.NumberFormat(LANGUAGE, { maximumFractionDigits: 1 });
const dates = new Intl.DateTimeFormat(LANGUAGE, { dateStyle: "medium" });
const moments = new Intl.DateTimeFormat(LANGUAGE, { dateStyle: "medium", timeStyle: "short" });
const relative = new Intl.RelativeTimeFormat(LANGUAGE, { numeric: "auto" });
const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 365 * 86_400],
  ["month", 30 * 86_400],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

export function number(value: number): string {
  return count.format(value);
}

/** A number with its word: `plural(1, "pin")` is "1 pin". */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${number(value)} ${value === 1 ? one : many}`;
}

export function size(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${short.format(value)} ${UNITS[unit]}`;
}

export function percent(part: number, total: number): string {
  if (total <= 0) return "0 %";
  const value = (100 * part) / total;
  // Never 0 or 100 for what is not.
  if (value > 0 && value < 1) return "< 1 %";
  if (value > 99 && value < 100) return "> 99 %";
  return `${Math.round(value)} %`;
}

export function moment(ms: number): string {
  return moments.format(ms);
}

export function day(ms: number): string {
  return dates.format(ms);
}

/** "5 minutes ago", "in 3 days". */
export function ago(ms: number, now: number): string {
  const seconds = Math.round((ms - now) / 1000);
  for (const [unit, length] of STEPS) {
    if (Math.abs(seconds) >= length) return relative.format(Math.trunc(seconds / length), unit);
  }
  return seconds > 0 ? `in ${plural(seconds, "second")}` : seconds > -2 ? "just now" : `${plural(-seconds, "second")} ago`;
}

/** Go's time as milliseconds since 1970; 0 for none (Go writes its zero time as the year 1, some fields as 1970). */
export function time(text: string | undefined): number {
  const ms = text ? Date.parse(text) : 0;
  return Number.isFinite(ms) && ms > 0 ? ms : 0;
}
