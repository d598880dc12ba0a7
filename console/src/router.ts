/** Where the person is: the part of the address behind `#`. */

import { Store } from "./store";

export type Route =
  | { readonly view: "overview" }
  | { readonly view: "pins"; readonly query: Readonly<Record<string, string>> }
  | { readonly view: "pin"; readonly cid: string }
  | { readonly view: "upload"; readonly cid: string }
  | { readonly view: "unknown" };

export function parse(hash: string): Route {
  const [path = "", search = ""] = hash.replace(/^#?\/?/, "").split(/\?(.*)/s);
  const [first = "", second = "", ...more] = path.split("/").map(decoded);
  if (first === "" && !second) return { view: "overview" };
  if (more.length > 0) return { view: "unknown" };
  if (first === "pins") return second ? { view: "pin", cid: second } : { view: "pins", query: Object.fromEntries(new URLSearchParams(search)) };
  if (first === "upload" && !second) return { view: "upload", cid: new URLSearchParams(search).get("cid") ?? "" };
  return { view: "unknown" };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export const links = {
  overview: "#/",
  pins: "#/pins",
  upload: "#/upload",
  pinsLike: (query: Record<string, string>) => `#/pins?${new URLSearchParams(query).toString()}`,
  /** The form that pins a CID, filled in. */
  uploadOf: (cid: string) => `#/upload?${new URLSearchParams({ cid }).toString()}`,
  pin: (cid: string) => `#/pins/${encodeURIComponent(cid)}`,
};

export const route = new Store<Route>(parse(location.hash));

addEventListener("hashchange", () => route.set(parse(location.hash)));

export function go(hash: string): void {
  location.hash = hash;
}
