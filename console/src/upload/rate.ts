/** Pure: how fast something goes, and how long it takes. */

const WINDOW_MS = 10_000;
const SAMPLE_MS = 250;

/** The mean rate of the last ten seconds. */
export class Rate {
  private samples: { at: number; total: number }[] = [];

  /** `total` bytes have been passed on by now. It gets smaller when an attempt failed. */
  add(total: number, now: number): void {
    const last = this.samples.at(-1);
    if (last && total < last.total) this.samples = [];
    if (last && now - last.at < SAMPLE_MS && this.samples.length > 1) {
      this.samples[this.samples.length - 1] = { at: last.at, total };
      return;
    }
    this.samples.push({ at: now, total });
    while (this.samples.length > 2 && now - (this.samples[1]?.at ?? now) >= WINDOW_MS) this.samples.shift();
  }

  /** Bytes a second; 0 as long as that is not known, or when nothing came for a while. */
  perSecond(now: number): number {
    const [first] = this.samples;
    const last = this.samples.at(-1);
    if (!first || !last || now - first.at < 1_000) return 0;
    return ((last.total - first.total) * 1_000) / (now - first.at);
  }

  /** Forgets what was before an interruption. */
  reset(): void {
    this.samples = [];
  }
}

/** Seconds that are left, rounded so that the number does not jump; null if that is not known. */
export function secondsLeft(bytes: number, perSecond: number): number | null {
  if (perSecond <= 0) return null;
  const seconds = bytes / perSecond;
  const step = seconds > 600 ? 60 : seconds > 60 ? 10 : seconds > 10 ? 5 : 1;
  return Math.max(step, Math.ceil(seconds / step) * step);
}
