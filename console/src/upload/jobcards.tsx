/** What is under way, and what became of it. */

import { Button, Id, Message, Out } from "../components/basics";
import { useConfig } from "../context";
import { links } from "../router";
import { useStore } from "../store";
import { texts } from "../texts";
import { controlOf, dismiss, isUnderWay, jobs, type Job } from "./jobs";
import { inOrder } from "./order";
import { isEverywhere, isHeld, pinnedCount } from "./states";

const words = texts.upload.jobs;
const SHOWN = 50;

export function JobCards() {
  const all = inOrder(useStore(jobs));
  return (
    <section class="stack" aria-labelledby="jobs">
      <h2 id="jobs" tabIndex={-1}>
        {words.heading}
      </h2>
      {all.length === 0 && <p class="soft">{words.none}</p>}
      {all.slice(0, SHOWN).map((job) => (
        <JobCard key={job.id} job={job} />
      ))}
      {all.length > SHOWN && <p class="soft">{texts.upload.chosen.more(all.length - SHOWN)}</p>}
    </section>
  );
}

function stageOf({ kind, stage }: Job): string {
  if (kind === "upload") return words.stages[stage];
  const own = { sending: "asking", spreading: "fetching", discarding: "unpinning", cancelled: "unpinned" } as const;
  return words.stages[stage in own ? own[stage as keyof typeof own] : stage];
}

function toneOf({ stage, late }: Job): string {
  if (stage === "done") return "good";
  if (stage === "failed") return "bad";
  return late ? "warn" : "";
}

function JobCard({ job }: { job: Job }) {
  const { id, title, stage, hold, kind, bytes, files, cid } = job;
  return (
    <article class="card job" aria-labelledby={`job-${id}`}>
      <div class="head">
        <h3 id={`job-${id}`}>{title}</h3>
        <span class={`badge ${toneOf(job)}`}>{stageOf(job)}</span>
      </div>
      {kind === "upload" && <p class="soft num">{words.content(files, bytes)}</p>}
      {cid && stage !== "cancelled" && (
        <p class="soft">
          <Id id={cid} what="CID" keep={10} />
        </p>
      )}
      <Progress job={job} />
      {hold && <Message kind="warn">{words.hold[hold]}</Message>}
      {job.trouble && !hold && <Message kind="warn">{words.trouble(job.trouble)}</Message>}
      <Outcome job={job} />
      <Actions job={job} />
    </article>
  );
}

function Progress({ job }: { job: Job }) {
  const { stage, title, read, bytes, sent, total } = job;
  if (stage === "reading") {
    return (
      <div class="progress">
        <progress aria-label={words.progress(title)} max={bytes || 1} value={read} />
        <p class="num soft">{words.readOf(read, bytes)}</p>
      </div>
    );
  }
  if (stage !== "sending" || job.kind === "pin") return null;
  const numbers = [
    words.sentOf(sent, total),
    job.perSecond > 0 && words.perSecond(job.perSecond),
    job.secondsLeft !== null && sent < total && words.left(job.secondsLeft),
    job.parts > 1 && words.parts(job.partsArrived, job.parts),
  ];
  return (
    <div class="progress">
      <progress aria-label={words.progress(title)} max={total || 1} value={sent} />
      <p class="num soft">{numbers.filter(Boolean).join(" · ")}</p>
      {sent >= total && !job.hold && <p class="soft">{words.finishing}</p>}
    </div>
  );
}

function Outcome({ job }: { job: Job }) {
  const { stage, problem, kind } = job;
  if (stage === "failed" && problem) {
    return (
      <Message kind="bad">
        <p>{problem.text}</p>
        {kind === "upload" && job.partsArrived > 0 && <p>{words.failedParts(job.partsArrived, job.parts)}</p>}
      </Message>
    );
  }
  if (stage === "cancelled") return <p>{kind === "pin" ? words.unpinned : job.leftovers ? words.leftovers : words.cancelled}</p>;
  if (stage !== "spreading" && stage !== "done") return null;
  const already = kind === "pin" ? (job.changed ? words.pinChanged : words.pinAlready) : job.changed ? words.alreadyChanged : words.already;
  return (
    <>
      {job.already && <p>{already}</p>}
      {job.partsKept > 0 && <p class="soft">{words.kept(job.partsKept)}</p>}
      <States job={job} />
    </>
  );
}

function States({ job }: { job: Job }) {
  const { states, stage, late, kind, statesError } = job;
  const pinned = pinnedCount(states);
  const has = states.filter(({ status }) => status === "pinned").map(({ name }) => name);
  return (
    <>
      {states.length > 0 && (
        <div class="progress">
          <progress aria-label={words.nodes} max={states.length} value={pinned} />
          <p class="num">
            <strong>{isEverywhere(states) ? words.pinnedOnAll(states.length) : words.pinnedOn(pinned, states.length)}</strong>
          </p>
        </div>
      )}
      {stage === "spreading" && kind === "upload" && <p class="soft">{words.safe}</p>}
      {states.length > 0 && !isEverywhere(states) && (
        <ul class="plain">
          {states.map(({ id, name, status, error }) => (
            <li key={id}>
              <strong>{name}</strong> {words.node[status] ?? status}
              {error && <span class="soft"> ({error})</span>}
            </li>
          ))}
        </ul>
      )}
      {statesError && <Message kind="warn">{words.statesUnknown(statesError)}</Message>}
      {late && isHeld(states) && <Message kind="info">{words.someLate(has.join(", "))}</Message>}
      {late && !isHeld(states) && kind === "upload" && <Message kind="warn">{words.nobodyUpload}</Message>}
      {late && !isHeld(states) && kind === "pin" && (
        <Message kind="warn">
          <p>{words.nobody(Math.round(job.patienceMs / 60_000))}</p>
          <p>{words.nobodyWhat}</p>
        </Message>
      )}
    </>
  );
}

function Actions({ job }: { job: Job }) {
  const { gateway } = useConfig();
  const { id, stage, kind, title, cid, late, states } = job;
  const control = controlOf(id);
  const ended = stage === "done" || stage === "cancelled" || stage === "failed";
  return (
    <div class="buttons">
      {stage === "failed" && job.problem?.retry && (
        <Button kind="primary" small onClick={() => control?.retry()}>
          {words.retry}
        </Button>
      )}
      {stage === "failed" && kind === "upload" && job.partsArrived > 0 && (
        <Button small onClick={() => control?.cancel()}>
          {words.discard}
        </Button>
      )}
      {isUnderWay(job) && (
        <Button small aria-label={words.cancelWhat(title)} onClick={() => control?.cancel()}>
          {words.cancel}
        </Button>
      )}
      {kind === "pin" && late && !isHeld(states) && (
        <Button small onClick={() => control?.keepWaiting()}>
          {words.keepWaiting}
        </Button>
      )}
      {kind === "pin" && (stage === "sending" || stage === "spreading") && !isHeld(states) && (
        <Button kind="danger" small onClick={() => control?.unpin()}>
          {words.unpin}
        </Button>
      )}
      {cid && (stage === "spreading" || stage === "done") && (
        <>
          {isHeld(states) && (
            <Out class="button small" href={`${gateway}/ipfs/${cid}`}>
              {words.gateway}
            </Out>
          )}
          <a class="button small" href={links.pin(cid)}>
            {words.page}
          </a>
        </>
      )}
      {(ended || (stage === "spreading" && (late || kind === "pin"))) && (
        <Button kind="quiet" small onClick={() => dismiss(id)}>
          {words.dismiss}
        </Button>
      )}
    </div>
  );
}
