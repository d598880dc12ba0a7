/** Requests to the API of ipfs-cluster. Every error that comes out of here has a text that people understand. */

import { expired, session } from "./session";
import { texts } from "./texts";

export type Trouble = "offline" | "timeout" | "unauthorized" | "forbidden" | "missing" | "tooMany" | "refused" | "down" | "failed" | "aborted";

export class ApiError extends Error {
  override readonly name = "ApiError";

  constructor(
    readonly trouble: Trouble,
    /** 0 if there was no answer. */
    readonly status: number,
    /** What the API said, in its own words; may be empty. */
    readonly detail: string,
  ) {
    super((texts.errors[trouble] as (detail: string, status: number) => string)(detail, status));
  }
}

export interface Ask {
  readonly method?: "GET" | "POST" | "DELETE";
  readonly query?: Record<string, string>;
  readonly body?: BodyInit;
  /** Until the first byte of the answer; 15 seconds by default. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** An error in words, whatever it is. */
export function inWords(error: unknown): string {
  if (error instanceof ApiError) return error.message;
  return texts.errors.failed(error instanceof Error ? error.message : String(error));
}

/** Whether somebody wanted this to end. */
export function isAbort(error: unknown): boolean {
  return error instanceof ApiError && error.trouble === "aborted";
}

/** What an answer with an error status means. The body is ipfs-cluster's, or a page of the load balancer or CloudFront. */
export function errorOf(status: number, body: string): ApiError {
  let detail = "";
  try {
    detail = String((JSON.parse(body) as { message?: unknown }).message ?? "");
  } catch {
    // an HTML page says nothing to people
  }
  return new ApiError(troubleOf(status), status, detail);
}

function troubleOf(status: number): Trouble {
  if (status === 401) return "unauthorized";
  if (status === 403) return "forbidden";
  if (status === 404) return "missing";
  if (status === 429) return "tooMany";
  if (status === 502 || status === 503 || status === 504) return "down";
  return status < 500 ? "refused" : "failed";
}

/** The address of a path of the API. The page is at /console/ of the same origin. */
export function address(path: string, query: Record<string, string> = {}): string {
  const search = new URLSearchParams(query).toString();
  return search ? `${path}?${search}` : path;
}

/** Sends a request with `authorization`. Never with credentials of the browser: only then does it not ask for a password itself. */
async function send(path: string, authorization: string, ask: Ask): Promise<Response> {
  const abort = new AbortController();
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    abort.abort();
  }, ask.timeoutMs ?? 15_000);
  const stop = () => abort.abort();
  ask.signal?.addEventListener("abort", stop);
  if (ask.signal?.aborted) stop();
  try {
    return await fetch(address(path, ask.query), {
      method: ask.method ?? "GET",
      headers: { Authorization: authorization },
      ...(ask.body === undefined ? {} : { body: ask.body }),
      credentials: "omit",
      cache: "no-store",
      redirect: "error",
      referrerPolicy: "no-referrer",
      signal: abort.signal,
    });
  } catch (error) {
    if (late) throw new ApiError("timeout", 0, "");
    if (ask.signal?.aborted) throw new ApiError("aborted", 0, "");
    throw new ApiError("offline", 0, error instanceof Error ? error.message : "");
  } finally {
    clearTimeout(timer);
  }
}

/** Sends a request as the person that is signed in. */
async function request(path: string, ask: Ask): Promise<Response> {
  const { token } = session.value;
  const answer = await send(path, `Bearer ${token}`, ask);
  if (answer.ok) return answer;
  if (answer.status === 401) expired(token);
  throw errorOf(answer.status, await answer.text().catch(() => ""));
}

/** Asks for one answer. Nothing (204) is `undefined`. */
export async function call<T>(path: string, ask: Ask = {}): Promise<T> {
  const answer = await request(path, ask);
  const text = await body(answer, ask.signal);
  return (text ? JSON.parse(text) : undefined) as T;
}

async function body(answer: Response, signal?: AbortSignal): Promise<string> {
  try {
    return await answer.text();
  } catch {
    throw new ApiError(signal?.aborted ? "aborted" : "offline", 0, "");
  }
}

/** Asks for a list, of one JSON object in each line. `onItems` gets them as they come. Gives the number of bytes. */
export async function stream<T>(path: string, ask: Ask, onItems: (items: T[]) => void): Promise<number> {
  const answer = await request(path, ask);
  if (!answer.body) return 0;
  const reader = answer.body.getReader();
  const decoder = new TextDecoder();
  const stop = () => void reader.cancel().catch(() => undefined);
  ask.signal?.addEventListener("abort", stop);
  let rest = "";
  let bytes = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (ask.signal?.aborted) throw new ApiError("aborted", 0, "");
      if (done) break;
      bytes += value.length;
      const text = rest + decoder.decode(value, { stream: true });
      const end = text.lastIndexOf("\n") + 1;
      rest = text.slice(end);
      if (end > 0) onItems(lines<T>(text.slice(0, end)));
    }
  } catch (error) {
    if (error instanceof ApiError) throw error;
    throw new ApiError(ask.signal?.aborted ? "aborted" : "offline", 0, "");
  } finally {
    ask.signal?.removeEventListener("abort", stop);
  }
  if (rest.trim()) onItems(lines<T>(rest));
  return bytes;
}

function lines<T>(text: string): T[] {
  // One JSON.parse of an array is faster than one for each line.
  return JSON.parse(`[${text.trim().replaceAll("\n", ",")}]`) as T[];
}

/** Asks for a list and gives all of it. */
export async function list<T>(path: string, ask: Ask = {}): Promise<T[]> {
  const all: T[] = [];
  await stream<T>(path, ask, (items) => {
    for (const item of items) all.push(item);
  });
  return all;
}

/** Changes a password into a token. This is the only request that has the password. */
export async function signIn(user: string, password: string, signal?: AbortSignal): Promise<string> {
  const pair = String.fromCharCode(...new TextEncoder().encode(`${user}:${password}`));
  const answer = await send("/token", `Basic ${btoa(pair)}`, { method: "POST", ...(signal ? { signal } : {}) });
  const text = await body(answer);
  if (!answer.ok) throw errorOf(answer.status, text);
  return (JSON.parse(text) as { token: string }).token;
}
