/** Requests to the API of ipfs-cluster. Every error that comes out of here has a text that people understand. */

import { expired, session } from "./session";
import { texts } from "./texts";

export type Trouble = "offline" | "timeout" | "unauthorized" | "forbidden" | "missing" | "tooMany" | "refused" | "down" | "failed" | "unreadable" | "aborted";

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

const FIRST_BYTE_MS = 15_000;
const SILENCE_MS = 60_000;

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

/** Ends a request that nothing is heard of for too long, or that nobody wants any more. */
class Patience {
  private readonly abort = new AbortController();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private late = false;
  private readonly stop = (): void => this.abort.abort();
  readonly signal = this.abort.signal;

  constructor(private readonly ask: Ask) {
    ask.signal?.addEventListener("abort", this.stop);
    if (ask.signal?.aborted) this.stop();
    this.wait(ask.timeoutMs ?? FIRST_BYTE_MS);
  }

  /** Something was heard: from now on it may be silent for so long. */
  wait(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.late = true;
      this.stop();
    }, ms);
  }

  /** Why there is no answer, or no end of it. */
  error(cause: unknown): ApiError {
    if (this.late) return new ApiError("timeout", 0, "");
    if (this.ask.signal?.aborted) return new ApiError("aborted", 0, "");
    if (cause instanceof SyntaxError) return new ApiError("unreadable", 0, "");
    return new ApiError("offline", 0, cause instanceof Error ? cause.message : "");
  }

  end(): void {
    clearTimeout(this.timer);
    this.ask.signal?.removeEventListener("abort", this.stop);
  }
}

/** Sends a request with `authorization`. Never with credentials of the browser: only then does it not ask for a password itself. */
async function send<T>(path: string, authorization: string, ask: Ask, read: (answer: Response, patience: Patience) => Promise<T>): Promise<T> {
  const patience = new Patience(ask);
  try {
    const answer = await fetch(address(path, ask.query), {
      method: ask.method ?? "GET",
      headers: { Authorization: authorization },
      ...(ask.body === undefined ? {} : { body: ask.body }),
      credentials: "omit",
      cache: "no-store",
      redirect: "error",
      referrerPolicy: "no-referrer",
      signal: patience.signal,
    });
    patience.wait(SILENCE_MS);
    if (!answer.ok) throw errorOf(answer.status, await answer.text());
    return await read(answer, patience);
  } catch (error) {
    throw error instanceof ApiError ? error : patience.error(error);
  } finally {
    patience.end();
  }
}

/** Sends a request as the person that is signed in. */
async function request<T>(path: string, ask: Ask, read: (answer: Response, patience: Patience) => Promise<T>): Promise<T> {
  const { token } = session.value;
  try {
    return await send(path, `Bearer ${token}`, ask, read);
  } catch (error) {
    if (error instanceof ApiError && error.trouble === "unauthorized") expired(token);
    throw error;
  }
}

/** Asks for one answer. Nothing (204) is `undefined`. */
export async function call<T>(path: string, ask: Ask = {}): Promise<T> {
  return request(path, ask, async (answer) => {
    const text = await answer.text();
    return (text ? JSON.parse(text) : undefined) as T;
  });
}

/** Asks for a list, of one JSON object in each line. `onItems` gets them as they come. Gives the number of bytes. */
export async function stream<T>(path: string, ask: Ask, onItems: (items: T[]) => void): Promise<number> {
  return request(path, ask, async (answer, patience) => {
    const decoder = new TextDecoder();
    let rest = "";
    let bytes = 0;
    const reader = answer.body?.getReader();
    for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
      patience.wait(SILENCE_MS);
      bytes += part.value.length;
      const text = rest + decoder.decode(part.value, { stream: true });
      const end = text.lastIndexOf("\n") + 1;
      rest = text.slice(end);
      if (end > 0) onItems(lines<T>(text.slice(0, end)));
    }
    if (rest.trim()) onItems(lines<T>(rest));
    return bytes;
  });
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
export async function signIn(user: string, password: string): Promise<string> {
  const pair = String.fromCharCode(...new TextEncoder().encode(`${user}:${password}`));
  return send("/token", `Basic ${btoa(pair)}`, { method: "POST" }, async (answer) => (JSON.parse(await answer.text()) as { token: string }).token);
}
