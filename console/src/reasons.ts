/** The daemons' errors in words. */

import { type Section, sections } from "./sections";
import { texts } from "./texts";

export interface Reason {
  readonly text: string;
  readonly section: Section;
}

const words = texts.pin.reasons;

// What ipfs-cluster 1.1 and kubo 0.43 say: ipfsconn/ipfshttp, pintracker/stateless, allocate.go; Go's context and net.
const KNOWN: readonly (readonly [RegExp, string, Section])[] = [
  [/context (canceled|deadline exceeded)|timeout|timed out|not making progress|operation .*(too long|stuck)/i, words.nobodyHasIt, sections.pinErrors],
  [/not enough (peers|allocations)|cannot find enough|error allocating/i, words.noRoom, sections.pinErrors],
  [/unexpectedly unpinned|should be pinned/i, words.lost, sections.mends],
  [/no space left|disk quota|storage (limit|max)/i, words.full, sections.storage],
  [/could ?n.?t find|not found|no link named|failed to fetch/i, words.nobodyHasIt, sections.pinErrors],
  [/connection refused|dial|no route|EOF|reset by peer|stream reset|unreachable/i, words.unreachable, sections.nodesDown],
  [/unknown (multicodec|codec|hash)|unrecognized|no decoder|unsupported/i, words.unreadable, sections.pinErrors],
];

export function explain(error: string): Reason {
  for (const [pattern, text, section] of KNOWN) {
    if (pattern.test(error)) return { text, section };
  }
  return { text: words.other, section: sections.pinErrors };
}
