/** Headings of docs/operations.md, as links have them. A test compares them with that page. */
export const sections = {
  nodesDown: "nodes-down",
  allDown: "all-down",
  peers: "peers-do-not-see-each-other",
  hang: "a-node-that-hangs",
  pinErrors: "pin-errors",
  mends: "what-nodes-mend-by-themselves",
  storage: "storage",
  upgrade: "upgrade",
  errors: "errors",
} as const;

export type Section = (typeof sections)[keyof typeof sections];
