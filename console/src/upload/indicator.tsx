/** How uploads stand, small enough for the head of every page. */

import { links } from "../router";
import { useStore } from "../store";
import { texts } from "../texts";
import { isUnderWay, jobs } from "./jobs";

const words = texts.upload.indicator;

/** Nothing, unless something is under way or failed. */
export function UploadIndicator() {
  const all = useStore(jobs);
  const under = all.filter(isUnderWay);
  const failed = all.filter(({ stage }) => stage === "failed").length;
  if (under.length === 0 && failed === 0) return null;
  if (under.length === 0) {
    return (
      <a class="indicator" href={links.upload}>
        {words.failed(failed)}
      </a>
    );
  }
  const bytes = under.reduce((sum, job) => sum + (job.total || job.bytes), 0);
  const sent = under.reduce((sum, job) => sum + job.sent, 0);
  const percent = bytes > 0 ? Math.floor((100 * sent) / bytes) : 0;
  const held = under.some(({ hold }) => hold !== null);
  return (
    <a class="indicator" href={links.upload}>
      <span>
        {words.label(under.length)} · {held ? words.paused : words.percent(percent)}
      </span>
      <progress max={100} value={percent} aria-hidden="true" />
    </a>
  );
}
