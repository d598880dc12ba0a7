/** The API of ipfs-cluster, as far as uploads need it. */

import { address, ApiError, call, errorOf } from "../api";
import { expired, session } from "../session";
import type { Pin, PinStatus } from "../types";
import { type PinOptions, query } from "./options";

/** Longer than CloudFront waits for an answer (120 s): its own error says more than a time-out here. */
const ANSWER_MS = 150_000;
/** Without a byte taken in this time, a connection is dead. */
const SENDING_MS = 60_000;

/** The answer has another CID than the content: something on the way changes what is sent. */
export class OtherCidError extends Error {
  override readonly name = "OtherCidError";

  constructor(
    readonly got: string,
    readonly wanted: string,
  ) {
    super(`the cluster gives ${got} for ${wanted}`);
  }
}

export interface Remote {
  /** The pin of a CID; null if it is not pinned. */
  pinOf(cid: string, signal: AbortSignal): Promise<Pin | null>;
  statusOf(cid: string, signal: AbortSignal): Promise<PinStatus>;
  pin(cid: string, options: PinOptions, signal: AbortSignal): Promise<Pin>;
  unpin(cid: string, signal: AbortSignal): Promise<void>;
  /**
   * Adds and pins a CAR file whose root is `cid`. With `local`, the node that is asked takes its blocks, and the others fetch them;
   * otherwise it passes them on before it answers. `onSent` is told how many bytes were passed on so far.
   */
  add(car: Blob, cid: string, options: PinOptions, local: boolean, onSent: (bytes: number) => void, signal: AbortSignal): Promise<void>;
}

const path = (cid: string) => encodeURIComponent(cid);

async function unlessMissing<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof ApiError && error.trouble === "missing") return null;
    throw error;
  }
}

export const remote: Remote = {
  pinOf: (cid, signal) => unlessMissing(call<Pin>(`/allocations/${path(cid)}`, { signal })),
  statusOf: (cid, signal) => call<PinStatus>(`/pins/${path(cid)}`, { signal, timeoutMs: 20_000 }),
  pin: (cid, options, signal) => call<Pin>(`/pins/${path(cid)}`, { method: "POST", query: query(options), signal, timeoutMs: 30_000 }),
  unpin: async (cid, signal) => {
    await unlessMissing(call(`/pins/${path(cid)}`, { method: "DELETE", signal, timeoutMs: 30_000 }));
  },
  add,
};

function add(car: Blob, cid: string, options: PinOptions, local: boolean, onSent: (bytes: number) => void, signal: AbortSignal): Promise<void> {
  // Not streamed: such an answer begins with 200, and its error would be in a trailer, which no browser shows.
  const how = { format: "car", "stream-channels": "false", ...(local ? { local: "true" } : {}), ...query(options) };
  const form = new FormData();
  form.append("file", car, "part.car");
  return new Promise((resolve, reject) => {
    const { token } = session.value;
    const request = new XMLHttpRequest(); // fetch tells nothing of the progress of what it sends
    let timer: ReturnType<typeof setTimeout>;
    let late = false;
    const wait = (ms: number) => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        late = true;
        request.abort();
      }, ms);
    };
    const stop = () => request.abort();
    const end = (error?: Error) => {
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
      if (error) reject(error);
      else resolve();
    };
    request.open("POST", address("/add", how));
    request.setRequestHeader("Authorization", `Bearer ${token}`);
    request.upload.onprogress = ({ loaded }) => {
      wait(SENDING_MS);
      onSent(Math.min(loaded, car.size));
    };
    request.upload.onload = () => wait(ANSWER_MS);
    request.onload = () => {
      if (request.status === 401) expired(token);
      if (request.status !== 200) end(errorOf(request.status, request.responseText));
      else end(problemOf(request.responseText, cid));
    };
    request.onerror = () => end(new ApiError("offline", 0, ""));
    request.onabort = () => end(new ApiError(late ? "timeout" : "aborted", 0, ""));
    signal.addEventListener("abort", stop);
    wait(SENDING_MS);
    if (signal.aborted) end(new ApiError("aborted", 0, ""));
    else request.send(form);
  });
}

/** What is wrong with the answer to an add. An answer that is cut off is as good as none. */
export function problemOf(answer: string, cid: string): Error | undefined {
  let added: readonly { cid?: string }[];
  try {
    added = JSON.parse(answer) as typeof added;
  } catch {
    return new ApiError("offline", 0, "");
  }
  const got = Array.isArray(added) ? added.at(-1)?.cid : undefined;
  return got === cid ? undefined : new OtherCidError(got ?? "none", cid);
}
