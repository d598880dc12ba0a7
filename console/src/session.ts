/** Who is signed in: a token of the API, in this tab alone. */

import { Store } from "./store";

const KEY = "ipfs-cluster-console";

export interface Session {
  /** `expired`: the API took the token no more. What was typed is still there, below the form. */
  readonly state: "out" | "in" | "expired";
  readonly user: string;
  readonly token: string;
}

const OUT: Session = { state: "out", user: "", token: "" };

function kept(): Session {
  try {
    const found = JSON.parse(sessionStorage.getItem(KEY) ?? "null") as { user: string; token: string } | null;
    return found ? { state: "in", user: found.user, token: found.token } : OUT;
  } catch {
    return OUT; // no storage in this browser: the token is in memory only
  }
}

function keep(value: { user: string; token: string } | null): void {
  try {
    if (value) sessionStorage.setItem(KEY, JSON.stringify(value));
    else sessionStorage.removeItem(KEY);
  } catch {
    // as above
  }
}

export const session = new Store<Session>(kept());

export function signedIn(user: string, token: string): void {
  keep({ user, token });
  session.set({ state: "in", user, token });
}

export function signOut(): void {
  keep(null);
  session.set(OUT);
}

/** The API refused `token`. Nothing happens if another one has come since. */
export function expired(token: string): void {
  if (session.value.token !== token || session.value.state !== "in") return;
  keep(null);
  session.set({ state: "expired", user: session.value.user, token: "" });
}
